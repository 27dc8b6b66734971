"""From OParl objects to the fields of a document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from index.contract import Kommune
from searchsvc.documents.text import kommune_id
from searchsvc.documents.titles import is_file_name, readable_title
from searchsvc.oparl.objects import MAIN_FILE, Body, File, Meeting, Paper
from searchsvc.shown import without_credentials

MEETING_FILE_TYPES = {
    "invitation": "Einladung",
    "resultsProtocol": "Niederschrift",
    "verbatimProtocol": "Wortprotokoll",
    "resolutionFile": "Beschluss",
}
"""Types shown for files of meetings, which have no paper that would say what they are."""

WITHDRAWN = "von der Quelle nicht mehr veröffentlicht"
"""Keyword of documents that are kept though their source has deleted them."""

_KIND_OF_KOMMUNE = re.compile(
    r"(?:(?:Landes|Bundes)?[Hh]auptstadt|(?:Freie und )?Hansestadt|Kreisstadt|Universitätsstadt|Stadt|Gemeinde|"
    r"Marktgemeinde|Markt)\s+(?=[A-ZÄÖÜ])"
)
_REAL_NAME = re.compile(r"[A-ZÄÖÜ][a-zäöüß]+[^0-9_]*")
_MAX_ORGANIZATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Owner:
    """A paper or meeting a file belongs to, the role the file has there, and the names of its Gremien."""

    role: str
    value: Paper | Meeting
    organizations: tuple[str, ...] = ()


def kommune_of(body: Body | None, name: str | None = None) -> Kommune | None:
    """Return the municipality of a body; ``name`` is the operator's word on what it is called."""
    label = name or (_kommune_name(body) if body else None)
    if label is None:
        return None
    return Kommune(id=kommune_id(label), name=label, ags=body.ags if body else None)


def _kommune_name(body: Body) -> str | None:
    # "Köln" rather than "Stadt Köln, kreisfreie Stadt"; but short names such as "I0001" are no names.
    if body.short_name and _REAL_NAME.fullmatch(body.short_name):
        return body.short_name
    full = (body.name or body.short_name or "").partition(",")[0].strip()
    return _KIND_OF_KOMMUNE.sub("", full, count=1) or None


def sorted_owners(owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Return owners in the order in which they have the say: papers first, those of which it is the main file."""
    return tuple(sorted(owners, key=lambda one: (isinstance(one.value, Meeting), one.role != MAIN_FILE, one.value.id)))


def document_fields(
    file: File, owners: Sequence[Owner], kommune: Kommune | None, source_url: str = ""
) -> dict[str, Any]:
    """Return the fields of a file's document, as callers of the service send them, but for its content.

    Args:
        file: the file.
        owners: its papers and meetings as ``sorted_owners`` returns them; the first gives paper and date.
        kommune: its municipality.
        source_url: address of the source; what is secret in it does not go into links, which everybody sees.
    """
    first = owners[0] if owners else None
    fields: dict[str, Any] = {
        "id": file.id,
        "title": _title(file, first),
        "kommune": None if kommune is None else {"id": kommune.id, "name": kommune.name, "ags": kommune.ags},
        "date": _text(file.date or (first and first.value.date)),
        "file_name": file.file_name,
        "mime_type": file.mime_type,
        "size": file.size,
        "created": _text(file.created),
        "modified": _text(file.modified),
        "paper": _paper(first),
        "organizations": _unique(owners, lambda owner: owner.organizations)[:_MAX_ORGANIZATIONS],
        "keywords": list(dict.fromkeys((*file.keywords, *_unique(owners, lambda owner: owner.value.keywords)))),
        **{
            name: url and without_credentials(url, source_url)
            for name, url in (
                ("access_url", file.access_url),
                ("download_url", file.download_url),
                ("web_url", file.web or (first and first.value.web)),
            )
        },
    }
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _title(file: File, owner: Owner | None) -> str | None:
    name = file.name and readable_title(file.name)
    if owner is None:
        return name
    if isinstance(owner.value, Paper):
        # The Vorgang tells what a file is about that has but the name of a file.
        is_named = name is None or not owner.value.name or not is_file_name(file.name or "")
        return name if is_named else f"{owner.value.name} – {name}"
    # "Tagesordnung" alone says little; the meeting tells which one.
    parts = [name or MEETING_FILE_TYPES.get(owner.role), owner.value.name]
    named = [part for part in parts if part]
    if len(named) == 2 and named[1].casefold() in named[0].casefold():
        named.pop()
    return " – ".join(named) or None


def _paper(owner: Owner | None) -> dict[str, str] | None:
    if owner is None:
        return None
    if isinstance(owner.value, Meeting):
        name = MEETING_FILE_TYPES.get(owner.role)
        return {"type": name} if name else None
    paper = owner.value
    fields = {"id": paper.id, "name": paper.name, "reference": paper.reference, "type": paper.paper_type}
    return {name: value for name, value in fields.items() if value}


def _unique(owners: Sequence[Owner], values_of: Callable[[Owner], tuple[str, ...]]) -> list[str]:
    return list(dict.fromkeys(value for owner in owners for value in values_of(owner)))


def _text(value: Any) -> str | None:
    return None if value is None else value.isoformat()
