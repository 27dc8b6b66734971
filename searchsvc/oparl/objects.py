"""OParl objects as we need them, read from whatever servers make of OParl 1.0 and 1.1.

Reading never raises. An object keeps the fields of the specification that search has a use for; ``id`` is the
canonical URL and never altered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, tzinfo
from enum import StrEnum
from typing import Any, ClassVar, Self

from searchsvc.oparl import values
from searchsvc.oparl.list_pages import named_list


class Kind(StrEnum):
    """Types of objects the importer knows, by the last part of their type URL, in lower case."""

    SYSTEM = "system"
    BODY = "body"
    PAPER = "paper"
    FILE = "file"
    MEETING = "meeting"
    ORGANIZATION = "organization"
    CONSULTATION = "consultation"


@dataclass(frozen=True, slots=True)
class Stored:
    """What is kept of an object between imports, as JSON."""

    dates: ClassVar[tuple[str, ...]] = ()
    moments: ClassVar[tuple[str, ...]] = ()
    not_kept: ClassVar[tuple[str, ...]] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are known as JSON-compatible values."""
        found: dict[str, Any] = {}
        for spec in fields(self):
            value = getattr(self, spec.name)
            if value is None or value == () or spec.name in self.not_kept:
                continue
            if isinstance(value, (date, datetime)):
                value = value.isoformat()
            found[spec.name] = list(value) if isinstance(value, tuple) else value
        return found

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Build from what ``to_json`` returned; fields that no version of this code knows any more are left out."""
        known = {spec.name for spec in fields(cls)}
        found: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in content.items() if name in known
        }
        found |= {name: date.fromisoformat(found[name]) for name in cls.dates if name in found}
        found |= {name: datetime.fromisoformat(found[name]) for name in cls.moments if name in found}
        return cls(**found)


@dataclass(frozen=True, slots=True)
class Body(Stored):
    """A body: the municipality. ``lists`` has the URLs of its lists by kind."""

    not_kept: ClassVar[tuple[str, ...]] = ("lists",)

    id: str
    name: str | None = None
    short_name: str | None = None
    ags: str | None = None
    lists: tuple[tuple[Kind, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Organization(Stored):
    """A Gremium."""

    id: str
    name: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Consultation(Stored):
    """A step of the Beratungsfolge."""

    id: str
    organizations: tuple[str, ...] = ()
    meeting: str | None = None


@dataclass(frozen=True, slots=True)
class Paper(Stored):
    """A Vorgang. ``organizations`` and ``meetings`` are those of its embedded consultations; ``consultations`` the ids
    of those that are only named.
    """

    dates: ClassVar[tuple[str, ...]] = ("date",)

    id: str
    body: str | None = None
    name: str | None = None
    reference: str | None = None
    paper_type: str | None = None
    date: date | None = None
    web: str | None = None
    organizations: tuple[str, ...] = ()
    meetings: tuple[str, ...] = ()
    consultations: tuple[str, ...] = ()
    directed_by: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting(Stored):
    """A meeting."""

    dates: ClassVar[tuple[str, ...]] = ("date",)

    id: str
    body: str | None = None
    name: str | None = None
    date: date | None = None
    web: str | None = None
    organizations: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File(Stored):
    """A file. ``text`` is what the server supplies; it is not kept here but in the document made of it."""

    dates: ClassVar[tuple[str, ...]] = ("date",)
    moments: ClassVar[tuple[str, ...]] = ("created", "modified")
    not_kept: ClassVar[tuple[str, ...]] = ("text",)

    id: str
    body: str | None = None
    name: str | None = None
    file_name: str | None = None
    mime_type: str | None = None
    date: date | None = None
    size: int | None = None
    checksum: str | None = None
    access_url: str | None = None
    download_url: str | None = None
    web: str | None = None
    created: datetime | None = None
    modified: datetime | None = None
    keywords: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    text: str | None = field(default=None, repr=False)

    @property
    def content_url(self) -> str | None:
        """Where the file can be had."""
        return self.download_url or self.access_url

    def completed_by(self, older: File) -> File:
        """Return this with what an older reading of the same state knows more; lists embed objects in parts only."""
        if self.modified is not None and older.modified is not None and self.modified != older.modified:
            return self if self.modified > older.modified else replace(older, text=self.text)
        missing = {
            spec.name: getattr(older, spec.name)
            for spec in fields(self)
            if spec.name != "text" and getattr(self, spec.name) in (None, ())
        }
        return replace(self, **missing)


Value = Body | Organization | Consultation | Paper | Meeting | File


@dataclass(frozen=True, slots=True)
class Mention:
    """A file as an owner embeds or names it."""

    role: str
    file: File
    undeleted: bool
    deleted: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One object as a server tells of it.

    ``kind`` is None for an object that says neither by type nor by list what it is; ``value`` is None for a deleted
    one. ``undeleted``: it says explicitly that it is not deleted.
    """

    id: str
    kind: Kind | None
    modified: datetime | None
    deleted: bool
    undeleted: bool
    value: Value | None
    mentions: tuple[Mention, ...] = ()


MAIN_FILE = "mainFile"
AUXILIARY_FILE = "auxiliaryFile"
_MEETING_ROLES = ("invitation", "resultsProtocol", "verbatimProtocol", AUXILIARY_FILE)
_AGENDA_ROLES = ("resolutionFile", AUXILIARY_FILE)
_BODY_LISTS = (Kind.ORGANIZATION, Kind.MEETING, Kind.PAPER, Kind.FILE)


def kind_of(data: Any) -> Kind | None:
    """Return the type of an object by its ``type``, or else by what it has."""
    if not isinstance(data, Mapping):
        return None
    name = (values.line(data.get("type")) or "").rstrip("/").rpartition("/")[2].lower()
    if name in Kind.__members__.values():
        return Kind(name)
    if name:
        return None
    if any(named_list(data, one.value) for one in (Kind.PAPER, Kind.MEETING, Kind.ORGANIZATION)):
        return Kind.BODY
    if named_list(data, "body") and ("oparlVersion" in data or "otherOparlVersions" in data):
        return Kind.SYSTEM
    return None


def read_entry(data: Any, expected: Kind | None = None, zone: tzinfo = values.GERMANY) -> Entry | None:
    """Read an object of a list; None if it has no usable id, so that nothing can be said about it.

    ``zone`` is that of days which are written as moments.
    """
    if not isinstance(data, Mapping) or (found := values.identifier(data.get("id"))) is None:
        return None
    kind = kind_of(data) if "type" in data else expected
    kind = kind or (expected if not values.line(data.get("type")) else None)
    deleted = _is_deleted(data)
    entry = Entry(
        id=found,
        kind=kind,
        modified=values.moment(data.get("modified")),
        deleted=deleted,
        undeleted=data.get("deleted") is False,
        value=None,
    )
    if deleted or kind is None or kind not in _READERS:
        return entry
    return replace(entry, value=_READERS[kind](data, zone), mentions=_mentions(kind, data, zone))


def _read_body(data: Mapping[str, Any], _: tzinfo) -> Body:
    lists = ((kind, named_list(data, kind.value)) for kind in _BODY_LISTS)
    return Body(
        id=data["id"],
        name=values.line(data.get("name")),
        short_name=values.line(data.get("shortName")),
        ags=values.ags(data.get("ags"), data.get("rgs")),
        lists=tuple((kind, url) for kind, url in lists if url),
    )


def _read_organization(data: Mapping[str, Any], _: tzinfo) -> Organization:
    name = values.line(data.get("name")) or values.line(data.get("shortName"))
    return Organization(id=data["id"], name=name, body=values.reference(data.get("body")))


def _read_consultation(data: Mapping[str, Any], _: tzinfo) -> Consultation:
    return Consultation(
        id=data["id"],
        organizations=values.references(data.get("organization")),
        meeting=values.reference(data.get("meeting")),
    )


def _read_paper(data: Mapping[str, Any], zone: tzinfo) -> Paper:
    consultations = [one for one in values.many(data.get("consultation")) if not _is_deleted(one)]
    embedded = [one for one in consultations if isinstance(one, Mapping)]
    named = (values.identifier(one) for one in consultations if isinstance(one, str))
    meetings = (values.reference(one.get("meeting")) for one in embedded if not one.get("organization"))
    return Paper(
        id=data["id"],
        body=values.reference(data.get("body")),
        name=values.line(data.get("name")),
        reference=values.line(data.get("reference")),
        paper_type=values.line(data.get("paperType")),
        date=values.day(data.get("date"), zone),
        web=values.url(data.get("web")),
        organizations=_unique(one for item in embedded for one in values.references(item.get("organization"))),
        meetings=_unique(meetings),
        consultations=_unique(named),
        directed_by=values.references(data.get("underDirectionOf")),
        keywords=values.lines(data.get("keyword")),
    )


def _read_meeting(data: Mapping[str, Any], zone: tzinfo) -> Meeting:
    return Meeting(
        id=data["id"],
        body=values.reference(data.get("body")),
        name=values.line(data.get("name")),
        date=values.day(data.get("start"), zone),
        web=values.url(data.get("web")),
        organizations=values.references(data.get("organization")),
        keywords=values.lines(data.get("keyword")),
    )


def _read_file(data: Mapping[str, Any], zone: tzinfo) -> File:
    checksums = ((name, values.line(data.get(f"{name}Checksum"))) for name in ("sha512", "sha1"))
    return File(
        id=data["id"],
        name=values.line(data.get("name")),
        file_name=values.line(data.get("fileName")),
        mime_type=values.mime_type(data.get("mimeType")),
        date=values.day(data.get("date"), zone),
        size=values.count(data.get("size")),
        checksum=next((f"{name}:{value.lower()}" for name, value in checksums if value), None),
        access_url=values.url(data.get("accessUrl")),
        download_url=values.url(data.get("downloadUrl")),
        web=values.url(data.get("web")),
        created=values.moment(data.get("created")),
        modified=values.moment(data.get("modified")),
        keywords=values.lines(data.get("keyword")),
        owners=_unique((*values.references(data.get("paper")), *values.references(data.get("meeting")))),
        text=values.text(data.get("text")),
    )


_READERS: Mapping[Kind, Any] = {
    Kind.BODY: _read_body,
    Kind.ORGANIZATION: _read_organization,
    Kind.CONSULTATION: _read_consultation,
    Kind.PAPER: _read_paper,
    Kind.MEETING: _read_meeting,
    Kind.FILE: _read_file,
}


def _mentions(kind: Kind, data: Mapping[str, Any], zone: tzinfo) -> tuple[Mention, ...]:
    """Return the files of a paper or meeting, each once, under the first role it has."""
    roles: list[tuple[str, Any]] = []
    if kind is Kind.PAPER:
        roles = [(role, data.get(role)) for role in (MAIN_FILE, AUXILIARY_FILE)]
    elif kind is Kind.MEETING:
        roles = [(role, data.get(role)) for role in _MEETING_ROLES]
        items = [one for one in values.many(data.get("agendaItem")) if isinstance(one, Mapping)]
        roles += [(role, item.get(role)) for item in items if not _is_deleted(item) for role in _AGENDA_ROLES]
    found: dict[str, Mention] = {}
    for role, value in roles:
        for item in values.many(value):
            file_id = values.reference(item)
            if file_id is None or file_id in found:
                continue
            if isinstance(item, Mapping):
                found[file_id] = Mention(role, _read_file(item, zone), item.get("deleted") is False, _is_deleted(item))
            else:
                found[file_id] = Mention(role, File(id=file_id), undeleted=False, deleted=False)
    return tuple(found.values())


def _is_deleted(data: Any) -> bool:
    return isinstance(data, Mapping) and data.get("deleted") in (True, 1, "true", "True", "1")


def _unique(ids: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for one in ids if one))
