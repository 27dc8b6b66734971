"""A document in one line, for a footnote: who, what, which file, of when, where, and when it was looked at there."""

from __future__ import annotations

from datetime import UTC, datetime

from index.contract import Document
from searchsvc.web.pages.formatting import german_day


def citation(document: Document, url: str, now: datetime | None = None) -> str:
    """Return ``Brühl: Integrationszentrum. Vorlage 312/2013, Beschluss, 13.11.2013. URL (abgerufen am 27.11.2026)``.

    It is German on every page, since it names German documents. What is not known is left out.
    """
    paper = document.paper
    name = (paper.name if paper else None) or document.title
    kind = " ".join(filter(None, (paper.type, paper.reference))) if paper else ""
    file = document.title if document.title != name and document.title != kind else ""
    day = german_day(document.date) if document.date else ""
    who = f"{document.kommune.name}: " if document.kommune else ""
    facts = ", ".join(filter(None, (kind, file, day)))
    end = "" if name.endswith((".", "!", "?")) else "."
    looked_at = german_day(now or datetime.now(UTC))
    return f"{who}{name}{end}{f' {facts}.' if facts else ''} {url} (abgerufen am {looked_at})"
