"""The pages for people, in German and English."""

from __future__ import annotations

from flask import Blueprint, Flask, url_for

from index.contract import SearchRequest
from searchsvc.interface.found_by import found_by_text
from searchsvc.interface.search_url import (
    changed,
    document_url,
    export_url,
    feed_url,
    page_search,
    parameters,
    search_url,
    subscription_url,
)
from searchsvc.web.http.links import page_links
from searchsvc.web.http.services import services
from searchsvc.web.pages import crawlers, document, files, formatting, guide, languages, reports, search, site
from searchsvc.web.pages.headlines import file_label, headline, short_title
from searchsvc.web.pages.histogram import switch_label
from searchsvc.web.pages.messages import completion_kinds, error_text

blueprint = Blueprint("pages", __name__)
for _module in (search, document, reports, files, guide, site, crawlers):
    _module.register(blueprint)


def init_app(app: Flask) -> None:
    """Add the pages to ``app``, with the filters and functions their templates use."""
    formatting.init_app(app)
    languages.init_app(app)
    site.init_app(app)
    crawlers.init_app(app)
    app.add_template_filter(lambda way: found_by_text(way, languages.gettext, formatting.isolated), "fundweg")
    app.add_template_filter(lambda wanted: search_url(page_links().base, wanted), "suche")
    app.add_template_global(lambda wanted: feed_url(languages.site_root(), wanted), "feed_url")
    app.add_template_global(_export_url, "export_url")
    app.add_template_global(lambda wanted: subscription_url(page_links().base, wanted), "subscription_url")
    app.add_template_global(_url_of, "url_of")
    app.add_template_global(lambda: languages.page_address(services().settings.public_url), "page_address")
    app.add_template_global(switch_label, "histogram_switch_label")
    app.add_template_global(completion_kinds)
    app.add_template_global(parameters, "search_parameters")
    app.add_template_global(changed, "changed_request")
    app.add_template_global(page_search)
    app.add_template_global(
        lambda document_id, wanted, page=None: document_url(page_links().base, document_id, wanted, page),
        "document_url",
    )
    app.add_template_global(error_text)
    app.add_template_global(headline)
    app.add_template_global(file_label)
    app.add_template_filter(short_title, "dateiname")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(blueprint)


def _export_url(wanted: SearchRequest, kind: str) -> str:
    # Spreadsheets set to German make one column of commas.
    semicolons = kind == "csv" and languages.language() == languages.DEFAULT
    return export_url(languages.site_root(), wanted, kind, semicolons=semicolons)


def _url_of(endpoint: str) -> str:
    """Return the address of something that has no language."""
    return languages.site_root() + url_for(endpoint).removeprefix(page_links().base)


__all__ = ["init_app"]
