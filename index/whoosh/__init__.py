"""The embedded engine: segments in a folder, with Whoosh's table of contents, commits and generations.

Here: what reads and writes commits, and what lets stock Whoosh open them; the only room that imports Whoosh. Not here:
how a segment looks (``index.segments``), is built (``index.building``) or searched (``index.search``).
"""

from index.whoosh.engine import WhooshEngine
from index.whoosh.writer import WhooshIndexWriter

__all__ = ["WhooshEngine", "WhooshIndexWriter"]
