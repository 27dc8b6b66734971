"""Pages for following a search by e-mail: ask for it, confirm it, end it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound

from index.contract import Collapse, SearchRequest
from searchsvc.interface.parameters import InvalidParameter, lenient_search_request
from searchsvc.interface.search_parameters import SAVED_PARAMETERS, request_of
from searchsvc.interface.search_url import query_string
from searchsvc.notifications.mail import query_name
from searchsvc.store import Channel, SavedSearch
from searchsvc.web.http.services import services
from searchsvc.web.http.subscription_input import check_mail_address
from searchsvc.web.pages.languages import gettext
from searchsvc.web.pages.places import with_names
from searchsvc.web.pages.unessential import if_possible

blueprint = Blueprint("subscriptions", __name__)


@blueprint.get("/abo")
def form() -> str:
    """Show the form for following the search in the address."""
    return _form(_asked_search(), "", None)


@blueprint.post("/abo")
def subscribe() -> Response | tuple[str, int]:
    """Send the question whether the sender's address wants to be told, and say so."""
    search = _asked_search()
    given = request.form.get("email", "")
    try:
        address = check_mail_address(given, services())
    except InvalidParameter:
        return _form(search, given, _problem_with(given)), 400
    services().store.saved_searches.create(search, Channel.EMAIL, address)
    return make_response(redirect(url_for("subscriptions.sent"), 303))


@blueprint.get("/abo/gesendet")
def sent() -> str:
    """Say that an e-mail is on its way."""
    return render_template("subscription.html", step="sent", search=None, name="")


@blueprint.get("/abo/<token>")
@blueprint.get("/abo/<token>/abmelden")
def show(token: str) -> str:
    """Show a saved search with what can be done about it."""
    saved = _saved(token)
    return _page(saved, "active" if saved.confirmed_at else "confirm")


@blueprint.post("/abo/<token>/bestaetigen")
def confirm(token: str) -> str:
    """Begin to tell new hits."""
    saved = services().store.saved_searches.confirm(_saved(token).token)
    if saved is None:
        raise NotFound
    return _page(saved, "confirmed")


@blueprint.post("/abo/<token>/abmelden")
def unsubscribe(token: str) -> str:
    """End a saved search; mail programs do so with one click (RFC 8058). Ending it twice is no error."""
    services().store.saved_searches.end(token)
    return render_template("subscription.html", step="ended", search=None, name="")


def _asked_search() -> str:
    if not services().settings.smtp_host:
        raise NotFound
    source = request.form if request.method == "POST" else request.args
    given = {name: values for name, values in source.lists() if name in SAVED_PARAMETERS}
    wanted, problems = lenient_search_request(given)
    for problem in problems:
        if problem.parameter == "q":  # without its words a search finds everything
            raise InvalidParameter(problem)
    stats = if_possible(services().engine.stats, None, "names of Kommunen")
    return query_string(wanted if stats is None else with_names(wanted, stats))


def _page_search(search: str) -> SearchRequest:
    return replace(request_of(search), collapse=Collapse.PAPER)


def _problem_with(address: str) -> str:
    if not address.rpartition("@")[0].isascii():
        return gettext(
            "An Adressen mit Umlauten oder anderen besonderen Buchstaben vor dem @ können wir leider nicht schreiben. "
            "Bitte geben Sie eine andere E-Mail-Adresse an."
        )
    return gettext("Bitte geben Sie eine gültige E-Mail-Adresse an.")


def _saved(token: str) -> SavedSearch:
    saved = services().store.saved_searches.get(token)
    if saved is None or saved.channel is not Channel.EMAIL:
        raise NotFound
    return saved


def _form(search: str, given: str, problem: str | None) -> str:
    return render_template(
        "subscription.html",
        step="form",
        search=_page_search(search),
        name=query_name(search),
        fields=parse_qsl(search),
        given=given,
        problem=problem,
    )


def _page(saved: SavedSearch, step: str) -> str:
    return render_template(
        "subscription.html", step=step, saved=saved, search=_page_search(saved.search), name=query_name(saved.search)
    )
