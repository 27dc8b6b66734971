"""How document ids stand in URLs: any text, slashes included, since ids are often URLs themselves."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from werkzeug.routing import PathConverter


class DocumentIdConverter(PathConverter):
    """Match an id with everything in it, ``https://host/path/`` too; build URLs with every slash encoded.

    Encoded slashes survive proxies that merge ``//`` or resolve ``..``; unencoded ones are accepted just as well.
    """

    # Line breaks too: an id with one is refused like other odd ones, not unknown as an address.
    regex = r"[\s\S]+?"
    part_isolating = False

    def to_url(self, value: str) -> str:
        """Return ``value`` as one path segment."""
        return encode_document_id(value)


@lru_cache(maxsize=1024)
def encode_document_id(document_id: str) -> str:
    """Return ``document_id`` as one percent-encoded path segment; kept, since each hit has several addresses."""
    return quote(document_id, safe=":")
