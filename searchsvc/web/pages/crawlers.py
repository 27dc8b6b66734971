"""What search engines may read: ``robots.txt``, ``sitemap.xml``, and a header for those that do not ask.

Unless the operator offers documents to them, only pages that name nobody are.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Flask, Response, abort, render_template, request

from searchsvc.settings import Settings
from searchsvc.site_pages import PAGES, is_address
from searchsvc.web.http.links import public_links
from searchsvc.web.http.services import services
from searchsvc.web.pages.languages import site_root

SITEMAP_DOCUMENTS = 20_000
"""The protocol allows 50,000 addresses and 50 MB in one file."""
_ALWAYS = ("/$", "/en/$", "/hilfe$", "/en/hilfe$", "/static/", "/logo$")
# "/?" alone is taken for "/" by programs that know addresses without a query only.
_NEVER = ("/?*", "/en/?*", "/api/", "/feed.atom", "/abo", "/en/abo", "/metrics")
_OPEN_VIEWS = frozenset({"pages.search", "pages.show", "static", "pages.logo", *(f"pages.{name}" for name in PAGES)})
_DOCUMENT_VIEWS = frozenset({"pages.document", "pages.file"})
_DESCRIPTIONS = frozenset({"pages.robots", "pages.sitemap"})


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    blueprint.get("/robots.txt")(robots)
    blueprint.get("/sitemap.xml")(sitemap)


def init_app(app: Flask) -> None:
    """Let answers that are not offered say so themselves, since robots.txt is heeded at the root of a host only."""
    app.after_request(_mark)


def robots() -> Response:
    """Tell crawlers what they may read."""
    root, settings = site_root(), services().settings
    allowed = [] if settings.offer_to_crawlers else [*_ALWAYS, *(f"{path}$" for path in _site_paths(settings))]
    refused = _NEVER if settings.offer_to_crawlers else ("/",)
    lines = [
        "User-agent: *",
        *(f"Allow: {root}{path}" for path in allowed),
        *(f"Disallow: {root}{path}" for path in refused),
        "",
        f"Sitemap: {public_links().base}/sitemap.xml",
        "",
    ]
    return Response("\n".join(lines), mimetype="text/plain")


def sitemap() -> Response:
    """List what is offered: pages, or which parts there are; with ``after`` the part after that change."""
    settings, links = services().settings, public_links()
    after = request.args.get("after")
    pages = [f"{links.base}{path}" for path in ("/", "/en/", "/hilfe", "/en/hilfe", *_site_paths(settings))]
    if after is None:
        parts: Sequence[int] = _parts() if settings.offer_to_crawlers else ()
        if not parts:
            return _xml("sitemap.xml", addresses=pages)
        return _xml("sitemap_index.xml", addresses=[f"{links.base}/sitemap.xml?after={number}" for number in parts])
    if not settings.offer_to_crawlers or not after.isascii() or not after.isdigit() or len(after) > 18:
        abort(404)
    log = services().store.change_log
    found = log.documents_after(int(after), services().store.documents.last_change(), SITEMAP_DOCUMENTS)
    first = pages if int(after) == 0 else []
    return _xml("sitemap.xml", addresses=[*first, *(links.html(document_id) for _, document_id in found)])


def _parts() -> list[int]:
    """Return the change numbers after which the parts begin."""
    log, until = services().store.change_log, services().store.documents.last_change()
    parts = [0]
    while len(found := log.documents_after(parts[-1], until, SITEMAP_DOCUMENTS)) == SITEMAP_DOCUMENTS:
        parts.append(found[-1][0])
    return parts


def _site_paths(settings: Settings) -> list[str]:
    given = {name: getattr(settings, name) for name in PAGES}
    return [f"/{PAGES[name].lower()}" for name, value in given.items() if value and not is_address(value)]


def _mark(response: Response) -> Response:
    shown = request.endpoint in _OPEN_VIEWS and not (request.endpoint == "pages.search" and request.args)
    if services().settings.offer_to_crawlers:
        shown = shown or request.endpoint in _DOCUMENT_VIEWS
    if not shown and request.endpoint not in _DESCRIPTIONS:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _xml(template: str, **values: object) -> Response:
    return Response(render_template(template, **values), mimetype="application/xml")
