"""A day or month in a query: perhaps its documents are meant, which only a filter finds and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from analyzers import QUOTES, joined
from index.contract import SearchEngine, SearchRequest
from index.query.days import parse_day, parse_month
from searchsvc.interface.search_url import changed
from searchsvc.web.pages.formatting import day, isolated, month, number
from searchsvc.web.pages.languages import gettext

NEXT_CENTURY = 50
"""Years of two digits from here on are of the 20th century."""

_DAY = re.compile(r"(?<![\w.:/-])(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2}))(?![\w/-]|\.\.|\.\d)")
_MONTH = re.compile(r"(?<![\w.:/-])([^\W\d_]{3,}\.?) (\d{4})(?![\w/-]|\.\.|\.\d)")
_SMALL_WORDS = re.compile(r"(?:\b(?:am|vom|im|aus|von|der|dem|den|dokumente?|sitzung)\s*)+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offer:
    """A search of one day's or month's documents, what its link says, and how many documents it finds."""

    label: str
    target: SearchRequest


def offered_date(engine: SearchEngine, request: SearchRequest) -> Offer | None:
    """Return the search for the documents of the one day or month that a query names; None: it finds none.

    Raises what ``engine.search`` raises.
    """
    if request.date_from or request.date_to or request.date_missing:
        return None
    found = named_period(request.q)
    if found is None:
        return None
    first, last, rest = found
    target = changed(request, q=rest, date_from=first, date_to=last)
    total = engine.search(replace(target, per_page=1, facets=(), highlight=False)).total_documents
    return Offer(_label(first, last, rest, total), target) if total else None


def named_period(query: str) -> tuple[date, date, str] | None:
    """Return first and last day of the one day or month that a query names, and the query without it; or None.

    What is in quotes is meant as it stands, and a field with a date is a filter already.
    """
    if any(sign in query for sign in QUOTES):
        return None
    text = joined(query)
    places = [(match, _day_of(match[1])) for match in _DAY.finditer(text)]
    if not places:
        places = [(match, parse_month(match[1], match[2])) for match in _MONTH.finditer(text)]
    periods = [(match, period) for match, period in places if period is not None]
    if len(periods) != 1:
        return None
    match, period = periods[0]
    before = _SMALL_WORDS.sub("", text[: match.start()])
    return *period, f"{before.strip()} {text[match.end() :].strip()}".strip()


def _day_of(written: str) -> tuple[date, date] | None:
    start, _, year = written.rpartition(".")
    if start and len(year) == 2:
        written = f"{start}.{19 if int(year) >= NEXT_CENTURY else 20}{year}"
    found = parse_day(written)
    return (found, found) if found else None


def _label(first: date, last: date, rest: str, total: int) -> str:
    when = day(first) if first == last else month(first)
    if rest:
        text = gettext("„%(words)s“ nur in Dokumenten vom %(day)s (%(number)s)")
    else:
        text = gettext("Dokumente vom %(day)s (%(number)s)")
    return text % {"words": isolated(rest), "day": when, "number": number(total)}
