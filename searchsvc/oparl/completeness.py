"""How complete a source is: what it lists against what is here, and whether as much comes as usual."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog

from searchsvc.oparl.report import ImportReport
from searchsvc.settings import Settings
from searchsvc.shown import shown_address
from searchsvc.source_state import completeness
from searchsvc.store import OParlSource, Store

_DAYS_KEPT = 800

_log = structlog.get_logger(__name__)


def note_completeness(store: Store, source: OParlSource, report: ImportReport, announced: dict[str, int]) -> None:
    """Note in the store what a source lists, by kind, and of which days its documents are.

    The documents are looked through only if any of them has changed.
    """
    facts: dict[str, Any] = {}
    if announced:
        facts["listed"] = {**source.observed.get("listed", {}), **announced}
    if report.stored or report.deleted or "measured" not in source.observed:
        facts["measured"] = _measured(store, source)
    store.oparl_sources.observe(source.url, **facts)


def tell_if_quiet(store: Store, settings: Settings, url: str) -> None:
    """Log a warning when nothing new has come for long from a source that is imported regularly."""
    source = store.oparl_sources.get(url)
    told = completeness(settings, store, source) if source is not None else None
    if told is not None and told["quiet"]:
        _log.warning("oparl_source_quiet", url=shown_address(url), newest=told["newest_date"], days=told["quiet_days"])


def _measured(store: Store, source: OParlSource) -> dict[str, Any]:
    first = datetime.now(UTC).date() - timedelta(days=_DAYS_KEPT)
    days: Counter[str] = Counter()
    documents = without_text = 0
    newest: date | None = None
    for day, has_text in store.oparl_files.days_of_documents(source.key):
        documents += 1
        without_text += not has_text
        if day is not None:
            newest = max(day, newest or day)
            if day >= first:
                days[day.isoformat()] += 1
    return {
        "documents": documents,
        "without_text": without_text,
        "newest": newest.isoformat() if newest else None,
        "days": dict(sorted(days.items())),
    }
