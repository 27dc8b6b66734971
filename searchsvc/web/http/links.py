"""Where the running application's resources are found from outside, and from our own pages."""

from __future__ import annotations

from flask import request

from searchsvc.interface.links import DocumentLinks
from searchsvc.web.http.services import services


def public_links() -> DocumentLinks:
    """Return the links that other services get: absolute, at the configured address or the one that was called."""
    return DocumentLinks((services().settings.public_url or request.url_root).rstrip("/"))


def page_links() -> DocumentLinks:
    """Return the links for our own pages: relative to the host, whatever name it was called by."""
    return DocumentLinks(request.script_root.rstrip("/"))
