"""German and English pages: ``/en/…`` is the page of the same address in English. Messages are German in the source.

The catalogue is a gettext ``.po`` file, read at start; there is nothing to compile and nothing to install.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request

DEFAULT = "de"
LANGUAGES = {"de": "Deutsch", "en": "English"}
LOCALES = {"de": "de_DE", "en": "en_GB"}
CATALOGUES = Path(__file__).parent.parent / "locale"

_KEY = "searchsvc.language"
_NOT_PAGES = (
    "/api",
    "/static",
    "/feed.atom",
    "/opensearch.xml",
    "/openapi.json",
    "/docs",
    "/healthz",
    "/readyz",
    "/metrics",
    "/logo",
    "/robots.txt",
    "/sitemap.xml",
)


class LanguagePrefix:
    """WSGI middleware: takes the language off the beginning of a page's path and puts it into the script's name.

    So every address that is built while a page is made has the prefix too, and no view knows of it.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        for language in LANGUAGES:
            prefix = f"/{language}"
            rest = path.removeprefix(prefix)
            if language != DEFAULT and rest != path and rest.startswith("/") and not rest.startswith(_NOT_PAGES):
                script = environ.get("SCRIPT_NAME", "") + prefix
                environ = environ | {"PATH_INFO": rest, "SCRIPT_NAME": script, _KEY: language}
        return self._application(environ, start_response)  # type: ignore[no-any-return]


def init_app(app: Flask) -> None:
    """Give ``app`` the languages, and its templates the functions for messages."""
    app.wsgi_app = LanguagePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.add_template_global(language, "language")
    app.add_template_global(other_languages, "other_languages")


def language() -> str:
    """Return the language of the current page; German where there is none."""
    return str(request.environ.get(_KEY, DEFAULT)) if has_request_context() else DEFAULT


def locale() -> str:
    """Return the locale of the current page, for Babel."""
    return LOCALES[language()]


def site_root() -> str:
    """Return the path of the site without a language and without a slash at its end."""
    root = request.script_root.rstrip("/")
    return root.removesuffix(f"/{language()}") if language() != DEFAULT else root


def base_of(name: str) -> str:
    """Return the path below which the pages of a language are."""
    return site_root() if name == DEFAULT else f"{site_root()}/{name}"


def other_languages() -> list[tuple[str, str, str]]:
    """Return code, own name and address of the current page in the other languages."""
    query = request.query_string.decode("ascii", "replace")
    path = _path() + (f"?{query}" if query else "")
    return [(code, name, base_of(code) + path) for code, name in LANGUAGES.items() if code != language()]


def page_address(public_url: str | None) -> str:
    """Return the whole address of the current page, as on paper; ``public_url``: where the site begins, if known."""
    site = (public_url or request.host_url.rstrip("/") + site_root()).rstrip("/")
    query = request.query_string.decode("ascii", "replace")
    return base_of(language()).replace(site_root(), site, 1) + _path() + (f"?{query}" if query else "")


def _path() -> str:
    here = request.environ.get("PATH_INFO", "/").encode("latin-1", "replace").decode("utf-8", "replace")
    return quote(here, safe="/:")


def gettext(message: str) -> str:
    """Return a message in the language of the current page."""
    return str(_translations(language()).gettext(message))


def ngettext(one: str, many: str, number: int) -> str:
    """Return the form of a message that fits a number."""
    return str(_translations(language()).ngettext(one, many, number))


@cache
def _translations(name: str) -> NullTranslations:
    if name == DEFAULT:
        return NullTranslations()
    compiled = io.BytesIO()
    with (CATALOGUES / name / "LC_MESSAGES" / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))
    compiled.seek(0)
    return Translations(compiled)
