"""What the operator adds to the pages: name, logo, contact, and the pages that the law asks for."""

from __future__ import annotations

import mimetypes
from functools import cache, lru_cache
from pathlib import Path

import structlog
from flask import Blueprint, Flask, Response, abort, make_response, redirect, render_template, request, url_for
from markdown_it import MarkdownIt
from markupsafe import Markup

from searchsvc.interface.translatable import N_
from searchsvc.site_pages import is_address, read_page
from searchsvc.web.http.services import services
from searchsvc.web.pages.languages import gettext, site_root

NAME = "Ratsdokumente"
LOGO_PATH = "/logo"
LOGO_TYPES = ("image/svg+xml", "image/png", "image/jpeg", "image/webp")
MAX_LOGO_BYTES = 1_000_000
_PATHS = {"imprint": "/impressum", "privacy": "/datenschutz", "accessibility": "/barrierefreiheit"}
_TITLES = {"imprint": N_("Impressum"), "privacy": N_("Datenschutz"), "accessibility": N_("Barrierefreiheit")}

_log = structlog.get_logger(__name__)


def register(blueprint: Blueprint) -> None:
    """Add the routes of this module."""
    for name, path in _PATHS.items():
        blueprint.add_url_rule(path, name, _show, defaults={"name": name})
    blueprint.get(LOGO_PATH)(logo)


def init_app(app: Flask) -> None:
    """Give the templates of ``app`` what they show of the operator."""
    app.add_template_global(site_name)
    app.add_template_global(legal_links)
    app.add_template_global(contact_address)
    app.add_template_global(logo_address)


def site_name() -> str:
    """Return what the site is called."""
    return services().settings.site_name or NAME


def legal_links() -> list[tuple[str, str]]:
    """Return address and title of each page that there is."""
    given = {name: getattr(services().settings, name) for name in _PATHS}
    return [
        (value if is_address(value) else url_for(f"pages.{name}"), gettext(_TITLES[name]))
        for name, value in given.items()
        if value
    ]


def contact_address() -> str | None:
    """Return the address that ``contact`` leads to."""
    contact = services().settings.contact
    return contact if not contact or is_address(contact) else f"mailto:{contact}"


def logo_address() -> str | None:
    """Return where the logo is, None if there is none."""
    return f"{site_root()}{LOGO_PATH}" if services().settings.logo else None


def logo() -> Response:
    """Send the operator's logo."""
    path = services().settings.logo
    if path is None:
        abort(404)
    kind, _ = mimetypes.guess_type(path.name)
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_LOGO_BYTES else b""
    except OSError as error:
        _log.warning("site_file_not_read", path=str(path), reason=str(error.strerror))
        abort(404)
    if kind not in LOGO_TYPES or not content:
        _log.warning("site_file_not_read", path=str(path), reason="no SVG, PNG, JPEG or WebP of up to 1 MB")
        abort(404)
    response = Response(content, mimetype=kind)
    response.add_etag()
    response.headers["Cache-Control"] = "public, max-age=3600"
    return make_response(response.make_conditional(request))


def _show(name: str) -> Response:
    settings = services().settings
    value = getattr(settings, name)
    if is_address(value):
        return make_response(redirect(value, 302))
    try:
        text = read_page(settings, name)
    except (OSError, UnicodeDecodeError) as error:
        _log.warning("site_file_not_read", path=str(Path(value)), reason=str(getattr(error, "strerror", error)))
        text = None
    if text is None:
        abort(404)
    return make_response(render_template("site_page.html", title=gettext(_TITLES[name]), content=as_html(text)))


@lru_cache(maxsize=8)
def as_html(markdown: str) -> Markup:
    """Return Markdown (CommonMark with tables) as HTML. Neither HTML in it nor pictures nor scripts come through."""
    return Markup(_markdown().render(markdown))  # noqa: S704 - it escapes all that is not its own


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
