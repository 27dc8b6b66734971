"""What stands above a hit: the name of its Vorgang, and beside it which file of it this is.

Files are called "Beschlussvorlage" or "Abstimmungsergebnis TOP 14.2"; only their Vorgang's name says what it is about.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from index.contract import Document, Hit

_TAG = "(?:</?mark>)*"
_NUMBER = rf"\d+(?:[.,]\d+)*[a-z]?{_TAG}"
_TOP = rf"(?:TOP|Top){_TAG}[\s.]*{_TAG}"
_ITEM_LAST = re.compile(rf"^(.*?[^\W_]{_TAG})[\s,_–-]+({_TAG}){_TOP}({_NUMBER})$")
_ITEM_FIRST = re.compile(rf"^({_TAG}){_TOP}({_NUMBER})(?:\s*[,:–-]\s*|\s+)({_TAG}(?!und\b|bis\b)[^\W\d_]{{3}}.*)$")
"""Titles that end or begin with the number of an item of the agenda; they may have marks."""


def headline(one: Hit | Document) -> Markup:
    """Return the name of the Vorgang, or the title of a document of none, with the words marked that were found."""
    if one.paper and one.paper.name:
        return _marked(getattr(one, "paper_name_html", None), one.paper.name)
    return _marked(getattr(one, "title_html", None), one.title)


def file_label(one: Hit | Document) -> Markup | None:
    """Return what the file is called within its Vorgang, None if that is what the headline says already."""
    if not (one.paper and one.paper.name) or _same(one.paper.name, one.title):
        return None
    if one.title.startswith(one.paper.name) and (rest := one.title.removeprefix(one.paper.name).lstrip(" –—-:,")):
        return short_title(rest)
    return short_title(_marked(getattr(one, "title_html", None), one.title))


def short_title(title: str) -> Markup:
    """Return a file's title as a label: "Abstimmungsergebnis · TOP 14.2", without underscores; it may have marks."""
    html = escape(title).replace("_", " ")
    if last := _ITEM_LAST.match(html):
        kind, before, number = last.groups()
    elif first := _ITEM_FIRST.match(html):
        before, number, kind = first.groups()
    else:
        return html
    return Markup(f"{kind} · {before}TOP\N{NO-BREAK SPACE}{number}")  # noqa: S704 (escaped already)


def _marked(html: str | None, text: str) -> Markup:
    return Markup(html) if html else escape(text)  # noqa: S704 (escaped by the engine)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
