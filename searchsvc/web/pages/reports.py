"""Reports of readers about a document."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, redirect, request

from searchsvc.interface.parameters import page_search_request
from searchsvc.interface.search_url import document_url
from searchsvc.web.http.gone import page_document
from searchsvc.web.http.links import page_links
from searchsvc.web.http.services import services
from searchsvc.web.pages.document import document_page
from searchsvc.web.pages.report_form import read_report


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.post("/dokumente/<document_id:document_id>/meldungen")(report)


def report(document_id: str) -> Response | tuple[str | Response, int]:
    """Keep a reader's report and show the document again with a thank-you; or with what is missing in the report."""
    page_document(document_id)
    form = read_report(request.form)
    if form.problems:
        return document_page(document_id, form), 400
    services().store.reports.add(document_id, form.reason_text, form.message, form.contact or None)
    wanted, _ = page_search_request(dict(request.args.lists()))
    target = document_url(page_links().base, document_id, wanted)
    # Not the place of the form itself, which would open it again.
    return cast(Response, redirect(f"{target}{'&' if '?' in target else '?'}gemeldet=1#gemeldet", 303))
