"""How document ids stand in URLs: any text, slashes included, since ids are often URLs themselves."""

from __future__ import annotations

from werkzeug.routing import PathConverter

from searchsvc.interface.links import encode_document_id


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
