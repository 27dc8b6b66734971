"""What readers report about documents (``melden``): wrong text, personal data, a broken file."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update

from searchsvc.documents.text import clean_line, clean_text
from searchsvc.store.database import Database
from searchsvc.store.tables import reports
from searchsvc.store.values import now_text

_MAX_REASON_CHARS = 100
_MAX_MESSAGE_CHARS = 10_000
_MAX_CONTACT_CHARS = 500


class Decision(StrEnum):
    """What an operator decided about a report."""

    DISMISSED = "dismissed"
    TAKEN_DOWN = "taken_down"


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``done_at`` and ``decision`` are None while nobody has dealt with it."""

    id: int
    document_id: str
    reason: str
    message: str
    contact: str | None
    reported_at: datetime
    done_at: datetime | None
    decision: Decision | None = None


class Reports:
    """Repository of reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, document_id: str, reason: str, message: str = "", contact: str | None = None) -> int:
        """Keep a report and return its number. Texts that are too long are cut."""
        values = {
            "document_id": document_id,
            "reason": clean_line(reason)[:_MAX_REASON_CHARS],
            "message": clean_text(message)[:_MAX_MESSAGE_CHARS],
            "contact": clean_line(contact or "")[:_MAX_CONTACT_CHARS] or None,
            "reported_at": now_text("seconds"),
        }
        with self._database.transaction() as connection:
            row = connection.execute(insert(reports).values(values).returning(reports.c.id))
            return int(row.scalar_one())

    def list(self, limit: int = 100, *, include_done: bool = False) -> list[Report]:
        """Return the latest reports, latest first."""
        query = select(reports).order_by(reports.c.id.desc()).limit(limit)
        if not include_done:
            query = query.where(reports.c.done_at.is_(None))
        with self._database.transaction() as connection:
            return [_report(row) for row in connection.execute(query)]

    def get(self, report_id: int) -> Report | None:
        """Return a report, or None if there is none of this number."""
        with self._database.transaction() as connection:
            row = connection.execute(select(reports).where(reports.c.id == report_id)).one_or_none()
        return _report(row) if row is not None else None

    def close(self, report_id: int, decision: Decision = Decision.DISMISSED) -> bool:
        """Mark a report as dealt with. Returns whether it was open."""
        return len(self._close(reports.c.id == report_id, decision)) > 0

    def close_all_of(self, document_id: str, decision: Decision) -> builtins.list[Report]:
        """Mark all open reports about a document as dealt with, and return them, oldest first."""
        return self._close(reports.c.document_id == document_id, decision)

    def count(self) -> int:
        """Return how many reports nobody has dealt with."""
        query = select(func.count()).select_from(reports).where(reports.c.done_at.is_(None))
        with self._database.transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def _close(self, chosen: ColumnElement[bool], decision: Decision) -> builtins.list[Report]:
        now = now_text("seconds")
        change = update(reports).where(chosen, reports.c.done_at.is_(None)).values(done_at=now, decision=decision.value)
        with self._database.transaction() as connection:
            closed = connection.execute(change.returning(*reports.c)).all()
        return sorted(map(_report, closed), key=lambda report: report.id)


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        document_id=row.document_id,
        reason=row.reason,
        message=row.message,
        contact=row.contact,
        reported_at=datetime.fromisoformat(row.reported_at),
        done_at=datetime.fromisoformat(row.done_at) if row.done_at else None,
        decision=Decision(row.decision) if row.decision else None,
    )
