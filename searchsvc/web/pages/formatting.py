"""Numbers, sizes and dates as people write them in the language of the page, for the templates."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from unicodedata import bidirectional

from babel.dates import format_date, format_datetime, get_timezone
from babel.numbers import format_decimal, format_percent
from flask import Flask

from searchsvc.web.pages.languages import DEFAULT, LOCALES, locale, ngettext

TIME_ZONE = "Europe/Berlin"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_UNITS = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_MOMENTS = {"de_DE": "dd.MM.yyyy, HH:mm"}
"""German dates are clear in numbers, and always have four for the year; elsewhere a month has to have its name."""


def init_app(app: Flask) -> None:
    """Give the templates of ``app`` the filters of this module."""
    app.add_template_filter(isolated, "fremd")
    app.add_template_filter(number, "zahl")
    app.add_template_filter(file_size, "groesse")
    app.add_template_filter(day, "datum")
    app.add_template_filter(moment, "zeitpunkt")
    app.add_template_filter(percent, "prozent")
    for function in (documents, hits, pages, kommunen, places_found):
        app.add_template_filter(function)


def isolated(text: str) -> str:
    """Return a text that is put into one of ours so that, written from right to left, it does not turn its quotes."""
    if any(bidirectional(sign) in _RIGHT_TO_LEFT for sign in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def number(value: int) -> str:
    """Return ``1234`` as ``1.234``."""
    return _number(value, locale())


def documents(value: int) -> str:
    """Return a number of documents."""
    return _counted(value, ngettext("%(number)s Dokument", "%(number)s Dokumente", value))


def hits(value: int) -> str:
    """Return a number of hits."""
    return _counted(value, ngettext("%(number)s Treffer", "%(number)s Treffer", value))


def pages(value: int) -> str:
    """Return a number of pages."""
    return _counted(value, ngettext("%(number)s Seite", "%(number)s Seiten", value))


def kommunen(value: int) -> str:
    """Return a number of Kommunen."""
    return _counted(value, ngettext("%(number)s Kommune", "%(number)s Kommunen", value))


def places_found(value: int) -> str:
    """Return a number of places in a text that were found."""
    return _counted(value, ngettext("%(number)s Fundstelle", "%(number)s Fundstellen", value))


def percent(share: float) -> str:
    """Return ``0.92`` as ``92 %``."""
    return str(format_percent(share, locale=locale()))


def file_size(size: int) -> str:
    """Return a size in bytes as ``51 kB`` or ``1,2 MB``, in powers of 1000."""
    if size < 1000:
        return f"{size}{NO_BREAK_SPACE}Byte"
    # 999.6 kB would be shown as 1000 kB, so the next unit begins where rounding ends.
    unit, factor = next((unit, factor) for unit, factor in _UNITS if size >= factor * 0.9995 or unit == "kB")
    scaled = size / factor
    digits = "#,##0.0" if scaled < 9.95 and unit != "kB" else "#,##0"
    return f"{format_decimal(scaled, format=digits, locale=locale())}{NO_BREAK_SPACE}{unit}"


def day(value: date) -> str:
    """Return a date as ``13.11.2013`` or ``13 Nov 2013``."""
    return _day(value, locale())


def german_day(value: date | datetime) -> str:
    """Return a date as ``13.11.2013`` whatever the language of the page; of a point in time the day in Germany."""
    local = value.astimezone(get_timezone(TIME_ZONE)).date() if isinstance(value, datetime) else value
    return _day(local, LOCALES[DEFAULT])


def month(value: date) -> str:
    """Return the month of a day as ``November 2013``."""
    return str(format_date(value, "LLLL yyyy", locale=locale()))


def moment(value: datetime) -> str:
    """Return a point in time as ``05.11.2013, 18:23``, German local time."""
    pattern = _MOMENTS.get(locale(), "d MMM yyyy, HH:mm")
    return str(format_datetime(value, pattern, tzinfo=get_timezone(TIME_ZONE), locale=locale()))


def _counted(value: int, message: str) -> str:
    # The messages stand in calls of their own: gettext's tools do not look into formatted strings.
    return (message % {"number": number(value)}).replace(" ", NO_BREAK_SPACE)


@lru_cache(maxsize=10_000)
def _number(value: int, wanted: str) -> str:
    # Babel's formatter takes a third of the time of a page of facets, so its answers are kept.
    return str(format_decimal(value, locale=wanted))


@lru_cache(maxsize=10_000)
def _day(value: date, wanted: str) -> str:
    return str(format_date(value, "medium", locale=wanted))
