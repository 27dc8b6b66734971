"""What lies on disk: a segment is one file of named arrays (postings, positions, columns, stored texts), never changed.

Here: the layout, and reading and writing it as a whole. Not here: how arrays come to be (``index.building``), what is
asked of them (``index.search``), and which segments make an index (``index.whoosh``).
"""
