"""Bringing the documents of files up to date: only what changed is fetched, read and stored."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from searchsvc.ingest.waiting import wait_and_flush
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
_SUPPLIED = "text:"


class Builder:
    """Builds documents. ``threads`` files are fetched at the same time."""

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
        progress: Progress | None = None,
    ) -> None:
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

    def build(self, file_ids: Sequence[str], texts: Mapping[str, str], *, retry: bool = False) -> None:
        """Bring documents up to date; ``texts`` are those the server supplied.

        With ``retry`` what failed for the moment is tried again. Raises ``ImportEnded`` or ``StoreUnavailable``;
        what was done until then is safe.
        """
        for start in range(0, len(file_ids), _FILES_AT_ONCE):
            self._run(self._tasks(file_ids[start : start + _FILES_AT_ONCE], texts, retry=retry))

    def build_pending(self) -> None:
        """Bring the documents up to date that were put off."""
        while file_ids := self._store.oparl_objects.pending(self._source_key, _FILES_AT_ONCE):
            self.build(file_ids, {})

    def retry_failed(self) -> None:
        """Try again what failed for the moment and is due."""
        now = datetime.now(UTC)
        while file_ids := self._store.oparl_objects.to_retry(self._source_key, now, _FILES_AT_ONCE):
            self.build(file_ids, {}, retry=True)

    def _tasks(self, file_ids: Sequence[str], texts: Mapping[str, str], *, retry: bool) -> list[Task]:
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
            task = self._task(file, before, owners.get(file_id, []), retry=retry)
            if task is not None:
                tasks.append(task)
                continue
            self._report.unchanged += 1
            if before.pending or before.source_key != self._source_key:
                settled.files[file_id] = replace(before, source_key=self._source_key, pending=False)
        if settled.files:
            self._store.oparl_objects.commit(settled)
        return tasks

    def _task(
        self, file: File, before: OParlFile, owners: Sequence[tuple[str, OParlObject]], *, retry: bool
    ) -> Task | None:
        """Return what is to be done about a file, or None if its document is up to date."""
        found = sorted_owners(self._owner(role, one) for role, one in owners)
        body_id = file.body or next((body for one in found if (body := self._directory.body_of(one.value))), None)
        fields = document_fields(file, found, self._directory.kommune(body_id), self._directory.source_url)
        metadata_hash = _hash(fields)
        content_key = _content_key(file)
        if file.text is None and before.content_key is not None and _is_supplied(before.content_key, file):
            # An embedded copy of a file often lacks the text that the file itself has.
            content_key = before.content_key
        fetch = content_key != before.content_key or before.removed
        if file.text is None and retry and before.retry_at is not None:
            fetch = True
        if not fetch and metadata_hash == before.metadata_hash:
            return None
        state = replace(before, source_key=self._source_key, metadata_hash=metadata_hash, content_key=content_key)
        return Task(file, fields, state, fetch)

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
        results, _ = self._store.oparl_objects.commit(changes)
        for result in results:
            self._report.stored += result.changed
            self._report.unchanged += not result.changed
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


def _content_key(file: File) -> str:
    """Return what changes whenever a file's content may have changed."""
    if file.text is not None:
        return f"{_SUPPLIED}{sha256(file.text.encode()).hexdigest()[:24]}:{_modified(file)}"
    facts = {"url": file.content_url, "checksum": file.checksum, "modified": _modified(file)}
    return f"file:{_hash(facts)[:48]}"


def _is_supplied(content_key: str, file: File) -> bool:
    """Tell whether a content key stands for text the server supplied for this state of a file."""
    return content_key.startswith(_SUPPLIED) and content_key.endswith(f":{_modified(file)}")


def _modified(file: File) -> str:
    return file.modified.astimezone(UTC).isoformat(timespec="seconds") if file.modified else "unknown"
