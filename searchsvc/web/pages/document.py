"""The page of one document: what is known of it, its text page by page with the hits marked, and what belongs to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, redirect, render_template, request
from markupsafe import escape

from index.contract import Document, Hit, SearchRequest
from searchsvc.interface.links import encode_document_id
from searchsvc.interface.parameters import SEARCH_PARAMETERS, page_search_request
from searchsvc.interface.search_url import document_url, page_search, parameters, search_url
from searchsvc.web.http.gone import page_document
from searchsvc.web.http.links import page_links, public_links
from searchsvc.web.http.reach import same_documents, visible
from searchsvc.web.http.services import services
from searchsvc.web.pages.citation import citation
from searchsvc.web.pages.file_types import PDF, FileType, file_type
from searchsvc.web.pages.linked_references import linked, references_in, targets
from searchsvc.web.pages.messages import REPORT_REASONS, problem_text
from searchsvc.web.pages.paper_view import consultations, other_files
from searchsvc.web.pages.report_form import ReportForm
from searchsvc.web.pages.structured_data import description, schema_org
from searchsvc.web.pages.text_windows import ShownPart, TextPart, Window, shown, window_of, windows
from searchsvc.web.pages.unessential import if_possible

MAX_PAGES_NAMED = 60
"""Pages with hits that are linked one by one."""

_MARKING = ("q", "exact")
"""Parameters of a search that decide what is marked; what is wrong with others is told where the hits are."""

MAX_COUNTED_CHARS = 1_000_000
"""Beside what is shown, so much of a text is looked through for the words of a query: a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the words of a query are in a document: ``pages`` that have some, in order, and how many there are.

    ``until``: the page up to which they were counted beside those that are shown; None: all were.
    """

    pages: tuple[int, ...]
    total: int
    until: int | None = None


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/dokumente/<document_id:document_id>")(document)


def document(document_id: str) -> str | Response:
    """Show a document; with a search what that finds in it is marked, and there is a way back to its hits."""
    return document_page(document_id, ReportForm())


def document_page(document_id: str, form: ReportForm) -> str | Response:
    """Return the page of a document with the form for reports as it was filled in. Raises ``DocumentNotFound``."""
    stored = page_document(document_id)
    given = dict(request.args.lists())
    wanted, problems = page_search_request(given)
    value = stored.document
    all_windows = windows(value.pages)
    if "gehe" in given and all_windows:
        # A form cannot name a place on the page that it leads to.
        target = document_url(page_links().base, document_id, wanted, _asked_page(all_windows))
        return cast(Response, redirect(target, 303))
    at = window_of(all_windows, _number("seite"), _number("teil"))
    parts = _shown(all_windows[at].parts, wanted) if all_windows else []
    similar = _similar(document_id)
    is_from_search = any(name in SEARCH_PARAMETERS for name in given)
    links = public_links()
    file = _stored_file_type(stored.original_sha256)
    return render_template(
        "document.html",
        request=wanted,
        notices=[problem_text(problem) for problem in problems if problem.parameter in _MARKING],
        is_from_search=is_from_search,
        typed=request.args.get("q", ""),
        asked_page=_asked_page(all_windows) if all_windows else 1,
        pdf_url=_pdf_url(value, file),
        citation=citation(value, links.html(document_id)),
        document=value,
        file=file,
        parts=_linked(value, parts),
        windows=all_windows,
        at=at,
        window_url=lambda window: _window_url(document_id, wanted, window),
        page_url=lambda number: document_url(page_links().base, document_id, wanted, number),
        found=_found(all_windows, at, parts, wanted),
        max_pages_named=MAX_PAGES_NAMED,
        other_files=visible(other_files(services().store, value)),
        consultations=consultations(services().store, value),
        also_in=same_documents(document_id),
        similar=similar or (),
        similar_unavailable=similar is None,
        reasons=REPORT_REASONS,
        form=form,
        search_query=urlencode(parameters(wanted), quote_via=quote) if is_from_search else "",
        reported=request.args.get("gemeldet") == "1",
        canonical=links.html(document_id),
        schema_org=schema_org(value, links),
        description=description(value),
    )


def _shown(parts: Sequence[TextPart], wanted: SearchRequest) -> list[ShownPart]:
    marked = _marked(parts, wanted)
    return shown(parts, [str(escape(part.text)) for part in parts] if marked is None else marked)


def _marked(parts: Sequence[TextPart], wanted: SearchRequest) -> Sequence[str] | None:
    texts = [part.text for part in parts]
    return if_possible(lambda: services().engine.highlight(texts, wanted.q, exact=wanted.exact), None, "marks")


def _linked(value: Document, parts: Sequence[ShownPart]) -> list[ShownPart]:
    """Return the parts with the references that are known as links."""
    kommune_id = value.kommune.id if value.kommune else None
    names = references_in(part.html for part in parts)
    known = services().store.papers.with_references(kommune_id, names) if names else {}
    known = {reference: within for reference, found in known.items() if (within := visible(found))}
    base = page_links().base

    def address(reference: str, documents: list[Document]) -> str:
        if len(documents) == 1:
            return document_url(base, documents[0].id, page_search())
        kommune = (kommune_id,) if kommune_id else ()
        return search_url(base, page_search(q=f'nr:"{reference}"', kommune=kommune))

    addresses = targets(value, known, address)
    return [replace(part, html=linked(part.html, addresses)) for part in parts]


def _found(all_windows: Sequence[Window], at: int, parts: Sequence[ShownPart], wanted: SearchRequest) -> Found:
    """Count in what is shown and, as far as that takes little time, in what is not."""
    if not wanted.q.strip():
        return Found((), 0)
    marks: Counter[int] = Counter()
    for part in parts:
        marks[part.number] += part.marks
    others: list[TextPart] = []
    left, until = MAX_COUNTED_CHARS, None
    for number, window in enumerate(all_windows):
        if number == at:
            continue
        left -= window.chars
        if left < 0:
            until = window.first.number
            break
        others += window.parts
    counted = _marked(others, wanted) if others else ()
    if counted is None:
        until, counted = 1, ()
    for other, html in zip(others, counted, strict=False):
        marks[other.number] += html.count("<mark>")
    pages = tuple(sorted(number for number, some in marks.items() if some))
    return Found(pages, marks.total(), until)


def _window_url(document_id: str, wanted: SearchRequest, window: Window) -> str:
    return document_url(page_links().base, document_id, wanted, window.first.number, part=window.first.part)


def _asked_page(all_windows: Sequence[Window]) -> int:
    """Return the number of the page that is wanted, or of the one that is closest to it."""
    return max(1, min(_number("seite"), all_windows[-1].last.number))


def _number(name: str) -> int:
    """Return a number of the address that only says where to look, so that a wrong one leads to the beginning."""
    value = request.args.get(name, "1")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def _stored_file_type(checksum: str | None) -> FileType | None:
    path = services().store.originals.path(checksum) if checksum else None
    try:
        return file_type(path) if path else None
    except FileNotFoundError:  # removed just now
        return None


def _pdf_url(value: Document, file: FileType | None) -> str | None:
    """Return where the PDF can be opened at a page, here or at its source; None: there is no PDF."""
    if file is not None:
        return f"{page_links().base}/dokumente/{encode_document_id(value.id)}/datei" if file is PDF else None
    return (value.access_url or value.download_url) if value.mime_type == PDF.mime_type else None


def _similar(document_id: str) -> Sequence[Hit] | None:
    """Return similar documents; None when the index cannot be read, which must not keep the document from a reader."""
    return if_possible(lambda: services().engine.similar(document_id), None, "similar documents")
