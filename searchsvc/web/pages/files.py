"""Original files and pictures of their pages."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import BadRequest, NotFound

from searchsvc.errors import DocumentNotFound, StoreUnavailable
from searchsvc.web.http.gone import page_document
from searchsvc.web.http.services import services
from searchsvc.web.pages.file_types import PDF, download_name, file_type
from searchsvc.web.pages.page_pictures import WIDTHS, PagePictures

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
PDF_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Browsers refuse to show a PDF in a sandbox; its own viewer keeps it from touching this site."""


class FileNotStored(DocumentNotFound):
    """Only the text of the document is here; its file may be at ``source_url``."""

    def __init__(self, source_url: str | None) -> None:
        super().__init__("the file of this document is not stored here")
        self.source_url = source_url


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/dokumente/<document_id:document_id>/datei")(file)
    blueprint.get("/dokumente/<document_id:document_id>/seiten/<int:number>.webp")(page_picture)


def file(document_id: str) -> Response:
    """Send the original file: known harmless types to be shown, everything else (or ``download=1``) to be saved."""
    stored = page_document(document_id)
    checksum, document = stored.original_sha256, stored.document
    if checksum is None:
        raise FileNotStored(document.access_url or document.download_url or document.web_url)
    path = services().store.originals.path(checksum)
    missing = StoreUnavailable(f"the original file {checksum} is missing; restore it from a backup")
    if path is None:
        raise missing
    try:
        kind = file_type(path)
        response = send_file(
            path,
            mimetype=kind.mime_type,
            as_attachment=not kind.inline or request.args.get("download") == "1",
            download_name=download_name(document, kind),
            etag=checksum,
            conditional=True,
        )
    except FileNotFoundError as error:  # it was removed just now
        raise missing from error
    response.headers["Content-Security-Policy"] = PDF_POLICY if kind is PDF else SANDBOX
    response.headers["Cache-Control"] = "no-cache"
    return response


def page_picture(document_id: str, number: int) -> Response:
    """Send a picture of one page of a PDF, 300 or 1200 pixels wide (``breite``)."""
    width = request.args.get("breite", str(WIDTHS[0]))
    if width not in map(str, WIDTHS):
        raise BadRequest
    stored = page_document(document_id)
    checksum = stored.original_sha256
    path = services().store.originals.path(checksum) if checksum else None
    try:
        if checksum is None or path is None or number < 1 or file_type(path) is not PDF:
            raise NotFound
        picture = PagePictures(services().settings).picture(path, checksum, number, int(width))
        if picture is None:
            raise NotFound
        response = send_file(picture, mimetype="image/webp", etag=f"{checksum}-{width}-{number}", conditional=True)
    except FileNotFoundError as error:  # the file, or the picture, was removed just now
        raise NotFound from error
    # Asked for anew each time (and answered 304): a picture must not outlive a takedown in anybody's cache.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
