"""What else belongs to a document's Vorgang: its other files, and the Gremien that dealt with it, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from analyzers import name_key
from index.contract import Document
from searchsvc.store import OParlObject, Store

MAX_FILES = 50
_MEETING = "meeting"
_PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Consultation:
    """A step of the Beratungsfolge: a Gremium, and its meeting as far as it is known."""

    organization: str
    day: date | None = None
    url: str | None = None


def other_files(store: Store, document: Document) -> list[Document]:
    """Return the other documents of the Vorgang, oldest first."""
    if document.paper is None or not document.paper.id:
        return []
    kommune_id = document.kommune.id if document.kommune else None
    found = store.papers.documents_of(kommune_id, document.paper.id, limit=MAX_FILES + 1)
    return [one for one in found if one.id != document.id][:MAX_FILES]


def consultations(store: Store, document: Document) -> list[Consultation]:
    """Return the Beratungsfolge as its council's OParl server tells it, oldest first; empty if it does not."""
    owners = store.oparl_objects.owners_of([document.id]).get(document.id, [])
    meeting_ids = [
        meeting for _, owner in owners if owner.kind == _PAPER for meeting in owner.content.get("meetings", ())
    ]
    meetings = [
        one for one in store.oparl_objects.objects(meeting_ids).values() if one.kind == _MEETING and not one.deleted
    ]
    organizations = store.oparl_objects.objects(
        [organization for one in meetings for organization in one.content.get("organizations", ())]
    )
    steps = [step for one in meetings if (step := _step(one, organizations))]
    return sorted(steps, key=lambda step: (step.day is None, step.day, name_key(step.organization)))


def _step(meeting: OParlObject, organizations: Mapping[str, OParlObject]) -> Consultation | None:
    content: Mapping[str, Any] = meeting.content
    names = [
        str(organizations[one].content["name"])
        for one in content.get("organizations", ())
        if one in organizations and organizations[one].content.get("name")
    ]
    name = ", ".join(names) or content.get("name")
    day = content.get("date")
    return Consultation(str(name), date.fromisoformat(day) if day else None, content.get("web")) if name else None
