"""What a page of a list changes in what is known: objects, which file belongs to what, and tombstones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from searchsvc.oparl.directory import Directory
from searchsvc.oparl.objects import Entry, File, Kind, Meeting, Mention, Organization, Paper, read_entry
from searchsvc.oparl.report import ImportReport
from searchsvc.store import OParlChanges, OParlFile, OParlObject, Store

DELETED = "deleted"
"""Reason of a tombstone: the server says that the object is deleted."""
OWNER_DELETED = "owner"
"""Reason of a tombstone: the last paper or meeting a file belonged to is deleted."""
MISSING = "missing"
"""Reason of a tombstone: a full comparison did not meet the object any more."""
GONE = "gone"
"""Reason of a tombstone: the object or its file is answered with 404 or 410 by its own URL."""

_COMPARED = (Kind.PAPER, Kind.MEETING, Kind.FILE)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A list of a source. ``files_listed``: files have a list of their own, which says best what they are."""

    kind: Kind
    url: str
    body_id: str | None = None
    files_listed: bool = False


@dataclass(slots=True)
class Recorded:
    """What is to be done after a page was recorded.

    Attributes:
        files: ids of the files whose documents are to be brought up to date now.
        texts: texts supplied for some of them.
        modified: what the server now says of when some of them were modified, where that was not written down.
        dropped: ids of files that their last owner does not mention any more.
        damaged: number of entries without a usable id.
        renamed: whether a Gremium has another name now.
    """

    files: dict[str, None] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    modified: dict[str, datetime] = field(default_factory=dict)
    dropped: dict[str, None] = field(default_factory=dict)
    damaged: int = 0
    renamed: bool = False


class Recorder:
    """Records pages. ``full_round`` names the full comparison under way, if any.

    ``undated``: ``modified`` of this server says nothing, so objects that differ in it alone are not written.
    """

    def __init__(
        self,
        store: Store,
        directory: Directory,
        source_key: str,
        full_round: str | None,
        report: ImportReport,
        *,
        undated: bool = False,
    ) -> None:
        self._undated = undated
        self._store = store
        self._directory = directory
        self._source_key = source_key
        self._full_round = full_round
        self._report = report

    def record(self, entries: Sequence[Any], place: Place) -> Recorded:
        """Record the entries of a page as one transaction."""
        read = [read_entry(entry, place.kind, self._directory.zone) for entry in entries]
        return self._record({entry.id: entry for entry in read if entry is not None}, place, read.count(None))

    def bury(self, object_ids: Iterable[str], reason: str) -> None:
        """Delete objects that are known, and the files that belonged to them only."""
        ids = list(object_ids)
        for start in range(0, len(ids), _BATCH):
            page = self._page(ids[start : start + _BATCH])
            for one in page.ids:
                page.bury(one, None, datetime.now(UTC), reason)
            self._commit(page)

    def bury_missing(self) -> None:
        """Delete what a full comparison has not met. To be called after a complete crawl without errors only."""
        assert self._full_round is not None
        missing = self._store.oparl_objects.not_seen(self._source_key, self._full_round)
        self.bury((one.id for one in missing if one.kind in _COMPARED), MISSING)

    def _record(self, entries: dict[str, Entry], place: Place, damaged: int) -> Recorded:
        mentioned = (mention.file.id for entry in entries.values() for mention in entry.mentions)
        page = self._page([*entries, *mentioned])
        page.recorded.damaged = damaged
        for entry in entries.values():
            if entry.deleted:
                page.bury(entry.id, entry.kind or place.kind, entry.modified or datetime.now(UTC), DELETED)
                continue
            known = page.object(entry.id)
            if known is not None and not may_return(known, entry.modified, own=True, undeleted=entry.undeleted):
                continue
            match entry.value:
                case Organization():
                    self._organization(page, entry.value)
                case File():
                    self._file(page, entry.value, place)
                case Paper() | Meeting():
                    self._owner(page, entry, entry.value, place)
        self._commit(page)
        return page.recorded

    def _page(self, ids: Sequence[str]) -> _Page:
        return _Page(self._store, self._source_key, self._full_round, ids, undated=self._undated)

    def _organization(self, page: _Page, found: Organization) -> None:
        known = page.object(found.id)
        before = Organization.from_json(known.content).name if known and known.content else None
        page.recorded.renamed |= before is not None and before != found.name
        page.put(found.id, Kind.ORGANIZATION, None, found.to_json())
        self._directory.remember(found)

    def _file(self, page: _Page, found: File, place: Place) -> None:
        page.put_file(found, place.body_id)
        page.changes.own_mentions[found.id] = found.owners
        page.build(found, now=True)

    def _owner(self, page: _Page, entry: Entry, value: Paper | Meeting, place: Place) -> None:
        value = replace(value, body=place.body_id or value.body)
        kind = Kind.PAPER if isinstance(value, Paper) else Kind.MEETING
        is_new = page.put(entry.id, kind, entry.modified, value.to_json())
        before = page.mentioned_before(entry.id)
        roles = page.changes.mentions[entry.id] = {}
        for mention in entry.mentions:
            same = not is_new and before.get(mention.file.id) == mention.role
            if self._mention(page, mention, entry, place, same_owner=same):
                roles[mention.file.id] = mention.role
        if roles == before and not is_new:
            del page.changes.mentions[entry.id]
        for file_id in before.keys() - {mention.file.id for mention in entry.mentions}:
            known = page.object(file_id)
            if known is None or known.deleted:
                continue
            if place.files_listed or page.other_owners(file_id, entry.id):
                page.build(File(id=file_id), now=not place.files_listed)
            else:
                page.recorded.dropped[file_id] = None

    def _mention(self, page: _Page, mention: Mention, owner: Entry, place: Place, *, same_owner: bool) -> bool:
        """Record a file that a paper or meeting mentions; tell whether it belongs to it.

        ``same_owner``: nothing of the owner has changed, and it has mentioned the file before.
        """
        file = mention.file
        known = page.object(file.id)
        if mention.deleted:
            page.bury(file.id, Kind.FILE, file.modified or owner.modified or datetime.now(UTC), DELETED)
            return False
        # What is embedded may be an old copy, so it must not bring back what was deleted.
        modified = None if self._undated else file.modified
        if known is not None and not may_return(known, modified, own=False, undeleted=False):
            return False
        is_new = page.put_file(file, place.body_id)
        now = not place.files_listed or file.text is not None
        # Whether to build now is for the builder to say; what was put off and is the same was put off then.
        if now or is_new or not same_owner:
            page.build(file, now=now)
        return True

    def _commit(self, page: _Page) -> None:
        self._store.oparl_objects.commit(page.changes)


def may_return(known: OParlObject, modified: datetime | None, *, own: bool, undeleted: bool) -> bool:
    """Tell whether an object that the server tells of is to be taken in, though there may be a tombstone.

    A tombstone is lifted when the server says that the object is not deleted (``undeleted``) where it speaks of the
    object itself (``own``), or that it changed after it was deleted. What a comparison missed may come back as soon as
    it is listed, and a file whose owner was deleted as soon as an owner mentions it.
    """
    if known.deleted is None or known.deleted == MISSING or (known.deleted == OWNER_DELETED and not own):
        return True
    if own and undeleted:
        return True
    return modified is not None and known.deleted_at is not None and modified > known.deleted_at


class _Page:
    """The changes of one page, seen on top of what the store has."""

    def __init__(
        self, store: Store, source_key: str, full_round: str | None, ids: Sequence[str], *, undated: bool
    ) -> None:
        self._undated = undated
        self.ids = list(dict.fromkeys(ids))
        self.changes = OParlChanges()
        self.recorded = Recorded()
        self._store = store
        self._source_key = source_key
        self._full_round = full_round
        self._objects = store.oparl_objects.objects(self.ids)
        self._before = store.oparl_objects.mentioned_by(
            [one.id for one in self._objects.values() if one.kind in (Kind.PAPER, Kind.MEETING)]
        )
        dropped = [file for files in self._before.values() for file in files if file not in self._objects]
        self._objects |= store.oparl_objects.objects(dropped)
        self._files: dict[str, OParlFile] | None = None

    def object(self, object_id: str) -> OParlObject | None:
        """Return an object as this page leaves it so far."""
        return self.changes.objects.get(object_id) or self._objects.get(object_id)

    def mentioned_before(self, owner_id: str) -> dict[str, str]:
        """Return the files an owner mentioned before this page."""
        return self._before.get(owner_id, {})

    def other_owners(self, file_id: str, owner_id: str) -> bool:
        """Tell whether a file belongs to another paper or meeting as well."""
        if any(file_id in files for owner, files in self.changes.mentions.items() if owner != owner_id):
            return True
        owners = self._store.oparl_objects.owners_of([file_id]).get(file_id, [])
        return any(one.id != owner_id and one.id not in self.changes.mentions for _, one in owners)

    def put(self, object_id: str, kind: Kind, modified: datetime | None, content: dict[str, Any]) -> bool:
        """Take in an object that is not deleted; tell whether anything of it is new."""
        known = self.object(object_id)
        found = OParlObject(
            id=object_id,
            kind=kind,
            source_key=self._source_key,
            modified=modified,
            seen=self._full_round or (known.seen if known else None),
            content=content,
        )
        if known is None or known.deleted is not None:
            self.changes.objects[object_id] = found
            return True
        is_new = self._what_counts(known) != self._what_counts(found)
        if is_new or found.seen != known.seen or (found != known and not self._undated):
            self.changes.objects[object_id] = found
        elif modified is not None:
            self.recorded.modified[object_id] = modified
        return is_new

    def _what_counts(self, one: OParlObject) -> dict[str, Any]:
        return {name: value for name, value in one.content.items() if name != "modified" or not self._undated}

    def put_file(self, file: File, body_id: str | None) -> bool:
        """Take in a file, completed by what is known of it; tell whether anything of it is new."""
        known = self.object(file.id)
        if known is not None and known.deleted is None and known.content:
            older = File.from_json(known.content)
            file = file.completed_by(replace(older, modified=None) if self._undated else older)
        file = replace(file, body=body_id or file.body)
        is_new = self.put(file.id, Kind.FILE, file.modified, file.to_json())
        if known is not None and known.deleted is not None and (state := self._file_state(file.id)).doomed:
            # Its document is still here.
            self.changes.files[file.id] = replace(state, removed=False, doomed=None, pending=True)
        return is_new

    def build(self, file: File, *, now: bool) -> None:
        """Have the document of a file brought up to date, now or when all that concerns it is known."""
        if file.text is not None:
            self.recorded.texts[file.id] = file.text
        if now:
            self.recorded.files[file.id] = None
        elif file.id not in self.recorded.files:
            self.changes.files[file.id] = replace(self._file_state(file.id), pending=True)

    def bury(self, object_id: str, kind: Kind | None, moment: datetime, reason: str) -> None:
        """Put up a tombstone for an object, and for the files that belonged to it only."""
        known = self.object(object_id)
        if known is not None and known.deleted in (DELETED, reason):
            return
        actual = Kind(known.kind) if known is not None else kind
        if actual is None:
            return
        self.changes.objects[object_id] = OParlObject(
            id=object_id,
            kind=actual,
            source_key=self._source_key,
            deleted=reason,
            deleted_at=moment,
            seen=self._full_round or (known.seen if known else None),
        )
        if actual is Kind.FILE:
            self._bury_file(object_id, reason)
        elif actual in (Kind.PAPER, Kind.MEETING):
            self.changes.mentions[object_id] = {}
            for file_id in self.mentioned_before(object_id):
                file = self.object(file_id)
                met = reason == MISSING and file is not None and file.seen == self._full_round
                if met or self.other_owners(file_id, object_id):
                    self.build(File(id=file_id), now=False)
                else:
                    self.bury(file_id, Kind.FILE, moment, reason if reason == MISSING else OWNER_DELETED)

    def _bury_file(self, file_id: str, reason: str) -> None:
        self.recorded.files.pop(file_id, None)
        self.recorded.texts.pop(file_id, None)
        state = replace(self._file_state(file_id), source_key=self._source_key, pending=False, retry_at=None)
        if not state.removed:
            state = replace(state, removed=True, doomed=reason)
        if state.failure is not None:
            state = replace(state, content_key=None, failure=None, tries=0)
        self.changes.files[file_id] = state

    def _file_state(self, file_id: str) -> OParlFile:
        if file_id in self.changes.files:
            return self.changes.files[file_id]
        if self._files is None:
            self._files = self._store.oparl_objects.files(list(self._objects))
        return self._files.get(file_id) or OParlFile(file_id, self._source_key)
