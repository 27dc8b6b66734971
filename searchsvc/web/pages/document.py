"""The page of one document: what is known of it, its text page by page with the hits marked, and similar ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import structlog
from flask import Blueprint, Response, redirect, render_template, request, url_for
from markupsafe import escape

from index.documents import Document
from index.engine import Hit, SearchRequest
from index.errors import IndexUnavailable
from searchsvc.web.pages.file_types import FileType, file_type
from searchsvc.web.pages.messages import problem_text
from searchsvc.web.parameters import lenient_search_request
from searchsvc.web.services import services, stored_document

REPORT_REASONS = {
    "urheberrecht": "Urheberrecht",
    "personenbezogene-daten": "Personenbezogene Daten",
    "sachlich-falsch": "Sachlich falsch",
    "datei-defekt": "Datei oder Text fehlerhaft",
    "sonstiges": "Sonstiges",
}
MAX_PAGE_LINKS = 200

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TextPage:
    """One page of text as escaped HTML with ``<mark>`` elements, and how many these are."""

    number: int
    html: str
    marks: int


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/dokumente/<document_id:document_id>")(document)
    blueprint.post("/dokumente/<document_id:document_id>/meldungen")(report)


def document(document_id: str) -> str:
    """Show a document; with ``q`` what that search finds in it is marked."""
    stored = stored_document(document_id)
    wanted, problems = lenient_search_request(
        {name: values for name, values in request.args.lists() if name in ("q", "exact")}
    )
    similar = _similar(document_id)
    return render_template(
        "document.html",
        request=wanted,
        notices=[problem_text(problem) for problem in problems],
        document=stored.document,
        file=_stored_file_type(stored.original_sha256),
        pages=_text_pages(stored.document, wanted),
        also_in=services().store.duplicates.of(document_id),
        similar=similar or (),
        similar_unavailable=similar is None,
        reasons=REPORT_REASONS,
        reported=request.args.get("gemeldet") == "1",
        max_page_links=MAX_PAGE_LINKS,
    )


def report(document_id: str) -> Response:
    """Keep a reader's report about a document and show the page again with a thank-you."""
    stored_document(document_id)
    reason = request.form.get("grund", "")
    services().store.reports.add(
        document_id,
        REPORT_REASONS.get(reason, REPORT_REASONS["sonstiges"]),
        request.form.get("nachricht", ""),
        request.form.get("kontakt", "") or None,
    )
    target = url_for("pages.document", document_id=document_id, gemeldet="1", _anchor="melden")
    return cast(Response, redirect(target, 303))


def _text_pages(document: Document, wanted: SearchRequest) -> list[TextPage]:
    texts: Sequence[str]
    try:
        texts = services().engine.highlight(document.pages, wanted.q, exact=wanted.exact)
    except IndexUnavailable as error:
        _log.warning("highlight_unavailable", error=str(error))
        texts = [str(escape(page)) for page in document.pages]
    return [TextPage(number, html, html.count("<mark>")) for number, html in enumerate(texts, start=1)]


def _stored_file_type(checksum: str | None) -> FileType | None:
    path = services().store.originals.path(checksum) if checksum else None
    return file_type(path) if path else None


def _similar(document_id: str) -> Sequence[Hit] | None:
    """Return similar documents; None when the index cannot be read, which must not keep the document from a reader."""
    try:
        return services().engine.similar(document_id)
    except IndexUnavailable as error:
        _log.warning("similar_unavailable", error=str(error))
        return None
