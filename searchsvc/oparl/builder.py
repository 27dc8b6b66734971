"""Bringing the documents of files up to date: only what changed is fetched, read and stored."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from searchsvc.ingest.waiting import wait_and_flush
from searchsvc.oparl.content_keys import Difference, content_key, difference, has_modified, is_supplied
from searchsvc.oparl.contents import Contents, Outcome, Task
from searchsvc.oparl.directory import Directory
from searchsvc.oparl.mapping import Owner, document_fields, sorted_owners
from searchsvc.oparl.objects import File, Kind, Meeting, Paper
from searchsvc.oparl.recorder import GONE, Recorder
from searchsvc.oparl.report import ImportReport, Progress
from searchsvc.store import OParlChanges, OParlFile, OParlObject, Store

_FILES_AT_ONCE = 100
_BATCH_DOCUMENTS = 200
_BATCH_CHARS = 10_000_000
_BATCH_SECONDS = 1.0
_RECENT = timedelta(days=90)


class Doubts(StrEnum):
    """What becomes of files in doubt: they wait, the server is asked for them, or they are taken for the same.

    ``CHECK``: the server is asked for those that are not in doubt, too.
    """

    CHECK = "check"
    WAIT = "wait"
    ASK = "ask"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A file the content of which may have changed, since its ``modified`` has.

    Attributes:
        modified: what the server says now.
        recent: whether its date is one of the last months.
        trusted: whether it was trusted in an earlier import.
        settled: whether nothing has to be done about it if it is trusted again.
    """

    modified: datetime | None
    recent: bool
    trusted: bool
    settled: bool


class Builder:
    """Builds documents. ``threads`` files are fetched at the same time.

    Attributes:
        doubts: files of which nothing but ``modified`` has changed; they wait until it is known how many these are.
        same_texts: files with another ``modified`` and the same supplied text.
        doubted: how many of those were asked for in the end.
        doubted_changed: how many of these had really changed.
    """

    def __init__(
        self,
        store: Store,
        contents: Contents,
        directory: Directory,
        recorder: Recorder,
        source_key: str,
        report: ImportReport,
        *,
        threads: int,
        undated: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.doubts: dict[str, Doubt] = {}
        self.same_texts: set[str] = set()
        self.doubted = 0
        self.doubted_changed = 0
        self._undated = undated
        self._store = store
        self._contents = contents
        self._directory = directory
        self._recorder = recorder
        self._source_key = source_key
        self._report = report
        self._threads = threads
        self._progress = progress
        self._batch: list[Outcome] = []
        self._batch_chars = 0
        self._batch_due = 0.0

    def build(
        self,
        file_ids: Sequence[str],
        texts: Mapping[str, str],
        *,
        modified: Mapping[str, datetime] | None = None,
        retry: bool = False,
        doubts: Doubts = Doubts.WAIT,
    ) -> None:
        """Bring documents up to date; ``texts`` are those the server supplied, ``modified`` what it says of files now.

        With ``retry`` what failed for the moment is tried again; ``doubts`` says what becomes of those in doubt.
        Raises ``ImportEnded`` or ``StoreUnavailable``; what was done until then is safe.
        """
        for start in range(0, len(file_ids), _FILES_AT_ONCE):
            chosen = file_ids[start : start + _FILES_AT_ONCE]
            self._run(self._tasks(chosen, texts, modified or {}, retry=retry, doubts=doubts))

    def ask(self, doubts: Mapping[str, Doubt]) -> None:
        """Ask the server for files that are in doubt. Raises what ``build`` raises."""
        modified = {file_id: doubt.modified for file_id, doubt in doubts.items() if doubt.modified is not None}
        self.build(list(doubts), {}, modified=modified, doubts=Doubts.ASK)

    def trust(self, doubts: Mapping[str, Doubt]) -> None:
        """Take the content of files in doubt for the same; what else of them has changed is stored."""
        self._report.trusted += len(doubts)
        self.build(list(doubts), {}, doubts=Doubts.TRUST)

    def ask_again(self, file_ids: Sequence[str]) -> None:
        """Ask the server for files that were trusted. Raises what ``build`` raises."""
        self.build(file_ids, {}, doubts=Doubts.ASK)

    def build_pending(self) -> None:
        """Bring the documents up to date that were put off, but for those that are in doubt."""
        last = None
        self._report.work.put_off = self._store.oparl_files.count_pending(self._source_key)
        while file_ids := self._store.oparl_objects.pending(self._source_key, _FILES_AT_ONCE, after=last):
            doubts = {file_id: self.doubts[file_id].modified for file_id in file_ids if file_id in self.doubts}
            self.build(file_ids, {}, modified={one: moment for one, moment in doubts.items() if moment is not None})
            self._report.work.done += len(file_ids)
            last = file_ids[-1]

    def recheck(self) -> None:
        """Ask the server for all files that have not been asked for since this began."""
        begun = datetime.now(UTC)
        while file_ids := self._store.oparl_files.not_asked_since(self._source_key, begun, _FILES_AT_ONCE):
            self.build(file_ids, {}, doubts=Doubts.CHECK)
            self._store.oparl_files.note_asked(file_ids)

    def retry_failed(self) -> None:
        """Try again what failed for the moment and is due."""
        now = datetime.now(UTC)
        while file_ids := self._store.oparl_objects.to_retry(self._source_key, now, _FILES_AT_ONCE):
            self.build(file_ids, {}, retry=True)

    def _tasks(
        self,
        file_ids: Sequence[str],
        texts: Mapping[str, str],
        modified: Mapping[str, datetime],
        *,
        retry: bool,
        doubts: Doubts,
    ) -> list[Task]:
        objects = self._store.oparl_objects.objects(file_ids)
        states = self._store.oparl_objects.files(file_ids)
        owners = self._store.oparl_objects.owners_of(file_ids)
        deleted = self._store.documents.tombstones(file_ids)
        tasks: list[Task] = []
        settled = OParlChanges()
        for file_id in file_ids:
            known = objects.get(file_id)
            if known is None or known.deleted is not None:
                continue
            before = states.get(file_id) or OParlFile(file_id, self._source_key)
            if file_id in deleted and not before.removed:
                # Somebody deleted the document here; no import brings it back.
                self._report.withheld += 1
                settled.files[file_id] = replace(before, source_key=self._source_key, pending=False, retry_at=None)
                continue
            file = replace(File.from_json(known.content), id=file_id, text=texts.get(file_id))
            file = replace(file, modified=modified.get(file_id, file.modified))
            now = replace(before, source_key=self._source_key)
            if doubts is Doubts.TRUST and now.trusted_at is None:
                now = replace(now, trusted_at=datetime.now(UTC))
            task = self._task(file, now, owners.get(file_id, []), retry=retry, doubts=doubts)
            if task is not None:
                tasks.append(task)
                continue
            doubt = self.doubts.get(file_id)
            self._report.unchanged += doubt is None
            # Should this import end before its time, the next one has to know of the doubt.
            now = replace(now, pending=doubt is not None and not doubt.settled)
            if now != before:
                settled.files[file_id] = now
        if settled.files:
            self._store.oparl_objects.commit(settled)
        return tasks

    def _task(
        self, file: File, before: OParlFile, owners: Sequence[tuple[str, OParlObject]], *, retry: bool, doubts: Doubts
    ) -> Task | None:
        """Return what is to be done about a file, or None if its document is up to date or in doubt."""
        found = sorted_owners(self._owner(role, one) for role, one in owners)
        body_id = file.body or next((body for one in found if (body := self._directory.body_of(one.value))), None)
        fields = document_fields(file, found, self._directory.kommune(body_id), self._directory.source_url)
        metadata_hash = _hash({name: value for name, value in fields.items() if name != "modified"})
        key, found_key = content_key(file), before.content_key
        differs = difference(found_key, file)
        if file.text is None and found_key is not None and is_supplied(found_key):
            # An embedded copy of a file often lacks the text that the file itself has.
            differs = Difference.NONE if self._undated or has_modified(found_key, file) else differs
        fetch = differs is Difference.MORE or before.removed
        if file.text is None and retry and before.retry_at is not None:
            fetch = True
        # Until there was reason not to, ``modified`` was one of the fields.
        same_fields = before.metadata_hash == metadata_hash or before.metadata_hash == _hash(fields)
        in_doubt = differs is Difference.MODIFIED and file.text is None and not fetch
        asked = doubts is Doubts.ASK and (in_doubt or (before.trusted_at is not None and not is_supplied(found_key)))
        asked = asked or (doubts is Doubts.CHECK and file.text is None and not is_supplied(found_key))
        self._note(file, before, fields, differs, waits=in_doubt and doubts is Doubts.WAIT, same_fields=same_fields)
        if file.id in self.doubts:
            return None
        if differs is Difference.NONE or (in_doubt and not asked):
            key = found_key or key
        if not fetch and not asked and same_fields and (key == found_key or self._undated):
            return None
        state = replace(before, metadata_hash=metadata_hash, content_key=key)
        return Task(file, fields, state, fetch or asked, doubted=asked and not fetch)

    def _note(
        self,
        file: File,
        before: OParlFile,
        fields: Mapping[str, Any],
        differs: Difference,
        *,
        waits: bool,
        same_fields: bool,
    ) -> None:
        if file.text is not None and differs is Difference.MODIFIED:
            self.same_texts.add(file.id)
        if not waits:
            self.doubts.pop(file.id, None)
            return
        recent = str(fields.get("date", "")) >= (datetime.now(UTC).date() - _RECENT).isoformat()
        known = before.trusted_at is not None
        self.doubts[file.id] = Doubt(file.modified, recent=recent, trusted=known, settled=known and same_fields)

    def _owner(self, role: str, one: OParlObject) -> Owner:
        value = Paper.from_json(one.content) if one.kind == Kind.PAPER else Meeting.from_json(one.content)
        return Owner(role, value, self._directory.organizations_of(value))

    def _run(self, tasks: Sequence[Task]) -> None:
        waiting: deque[Future[Outcome]] = deque()
        executor = ThreadPoolExecutor(self._threads, thread_name_prefix="oparl")
        try:
            for task in tasks:
                if task.fetch and task.file.text is None:
                    waiting.append(executor.submit(self._contents.outcome, task))
                else:
                    self._take(self._contents.outcome(task))
            while waiting:
                self._take(wait_and_flush(waiting.popleft(), self._due, self._flush))
        except BaseException:
            self._contents.stop()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)
            # What was done before an error is kept, the rest is left for the next import.
            for future in waiting:
                if not future.cancelled() and future.exception() is None:
                    self._take(future.result())
            self._flush()

    def _due(self) -> float | None:
        return self._batch_due if self._batch else None

    def _take(self, outcome: Outcome) -> None:
        if not self._batch:
            self._batch_due = time.monotonic() + _BATCH_SECONDS
        self._batch.append(outcome)
        self._batch_chars += sum(map(len, outcome.document.pages)) if outcome.document else 0
        is_full = len(self._batch) >= _BATCH_DOCUMENTS or self._batch_chars >= _BATCH_CHARS
        if is_full or time.monotonic() >= self._batch_due:
            self._flush()

    def _flush(self) -> None:
        batch, self._batch, self._batch_chars = self._batch, [], 0
        if not batch:
            return
        extractions = {one.extraction[0]: one.extraction[1].to_json() for one in batch if one.extraction}
        self._store.extractions.put_many(self._contents.extractor_version, extractions)
        kept = [one for one in batch if not one.gone]
        changes = OParlChanges(
            puts=[one.document for one in kept if one.document is not None],
            files={one.task.file.id: one.state for one in kept},
        )
        results = self._store.oparl_objects.commit(changes)
        made = [one for one in kept if one.document is not None]
        for one, result in zip(made, results, strict=True):
            self._report.stored += result.changed
            self._report.withheld += result.withheld
            self._report.unchanged += not (result.changed or result.withheld)
            if one.task.doubted and one.failure is None:
                self.doubted += 1
                self.doubted_changed += result.changed
        for one in kept:
            if one.failure is not None:
                self._store.failures.record(one.failure.item, one.failure.kind, one.failure.message)
                self._report.failed.append(one.failure)
        self._store.failures.clear_many([one.task.file.id for one in kept if one.state.failure is None])
        self._recorder.bury((one.task.file.id for one in batch if one.gone), GONE)
        if self._progress is not None:
            self._progress(self._report)


def _hash(fields: Mapping[str, Any]) -> str:
    return sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
