"""The document of one file: text supplied by the server, text stored before, or the file downloaded and read."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import structlog

from analyzers import readability
from index.contract import Document
from searchsvc.documents.input import parse_document
from searchsvc.errors import InvalidDocument, UnreadableFile
from searchsvc.ingest import Extraction, FailedItem, FileReader, document_from_file
from searchsvc.ingest.file_kinds import SNIFFED_BYTES, is_web_page
from searchsvc.ingest.reading import read_file
from searchsvc.oparl import values
from searchsvc.oparl.client import FileAnswer, OParlClient
from searchsvc.oparl.objects import File, Kind, read_entry
from searchsvc.outbound.errors import FetchFailed
from searchsvc.store import OParlFile, Store

_UNTYPED = frozenset({"application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream"})
_MAY_PASS = frozenset({"unreachable", "timeout", "http_error", "not_json", "too_many_redirects"})
_FIRST_RETRY = timedelta(hours=1)
_LONGEST_RETRY = timedelta(days=30)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A file whose document is to be brought up to date.

    Attributes:
        file: the file; its ``text`` is what the server supplies.
        fields: fields of its document but for its content.
        state: what was done about it so far, with ``metadata_hash`` and ``content_key`` of what is to be done now.
        fetch: whether its content is to be had anew.
        doubted: whether it is to be had only because it may have changed.
    """

    file: File
    fields: Mapping[str, Any]
    state: OParlFile
    fetch: bool
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task. ``document`` is None when there is nothing to store; ``gone``: the file does not exist
    any more; ``extraction`` is what the cache of texts does not know yet.
    """

    task: Task
    state: OParlFile
    document: Document | None = None
    failure: FailedItem | None = None
    extraction: tuple[str, Extraction] | None = None
    gone: bool = False


class Contents:
    """Makes documents. Safe to use from several threads; ``folder`` is for files on their way."""

    def __init__(
        self,
        client: OParlClient,
        store: Store,
        extractor: FileReader,
        folder: Path,
        zone: tzinfo = values.GERMANY,
    ) -> None:
        self._zone = zone
        self._client = client
        self._store = store
        self._extractor = extractor
        self._folder = folder

    def outcome(self, task: Task) -> Outcome:
        """Carry out a task. Raises ``StoreUnavailable``, or ``ImportEnded`` when the server is down."""
        outcome = self._undated(self._outcome(task))
        if not task.fetch or task.file.text is not None:
            return outcome
        # Also what could not be had was asked for; others have their turn next time.
        return replace(outcome, state=replace(outcome.state, asked_at=datetime.now(UTC)))

    def _outcome(self, task: Task) -> Outcome:
        done = replace(task.state, pending=False, removed=False, failure=None, tries=0, retry_at=None)
        try:
            if task.file.text is not None and _is_worth_having(task.file):
                # Of the download nothing is known any more: should the text disappear, it has to be fetched.
                plain = replace(done, content_url=None, etag=None, last_modified=None)
                return Outcome(task, plain, self._from_text(task.fields, task.file.text))
            if not task.fetch and (stored := self._stored(task.file.id)) is not None:
                # What failed is not tried again before its time.
                kept = replace(task.state, pending=False, removed=False)
                return Outcome(task, kept, self._with_content_of(stored, task.fields))
            return self._fetched(task, done)
        except FetchFailed as error:
            return self._failed(task, error.kind, error.reason, may_pass=error.kind in _MAY_PASS)
        except UnreadableFile as error:
            return self._failed(task, error.kind, error.message, may_pass=error.kind in ("not_a_pdf", "empty_file"))
        except InvalidDocument as error:
            return self._failed(task, error.kind, error.message, may_pass=False)

    @property
    def extractor_version(self) -> str:
        """Version of what reads the files."""
        return self._extractor.version

    def stop(self) -> None:
        """Let requests that wait for another attempt give up."""
        self._client.stop()

    def _fetched(self, task: Task, done: OParlFile) -> Outcome:
        url = task.file.content_url
        if url is None:
            return self._from_own_url(task, done)
        stored = self._stored(task.file.id)
        same = task.state.content_url == url and task.state.failure is None and stored is not None
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            path = Path(folder) / "file"
            done = replace(done, trusted_at=None)
            answer = self._client.get_file(
                url,
                path,
                etag=task.state.etag if same else None,
                last_modified=task.state.last_modified if same else None,
            )
            if answer.outcome == FileAnswer.GONE:
                return Outcome(task, done, gone=True)
            if answer.outcome == FileAnswer.UNCHANGED and stored is not None:
                return Outcome(task, done, self._with_content_of(stored, task.fields))
            if task.file.checksum is not None and task.file.checksum not in answer.checksums:
                # Servers name checksums of other versions; the transfer itself is complete, HTTP sees to that.
                _log.info("oparl_checksum_differs", url=url, announced=task.file.checksum)
            done = replace(done, content_url=url, etag=answer.etag, last_modified=answer.last_modified)
            return self._read(task, done, path, answer)

    def _from_own_url(self, task: Task, done: OParlFile) -> Outcome:
        """Ask for the file object itself: its owner only named it."""
        try:
            answer = self._client.get_object(task.file.id)
        except FetchFailed as error:
            if error.status in (404, 410):
                return Outcome(task, done, gone=True)
            raise
        entry = read_entry(answer.value, Kind.FILE, self._zone)
        if entry is not None and entry.deleted:
            return Outcome(task, done, gone=True)
        if entry is None or not isinstance(entry.value, File) or not (entry.value.content_url or entry.value.text):
            raise FetchFailed("http_error", task.file.id, "the file object names neither a URL nor a text")
        found = entry.value
        fields = {**task.fields}
        for name, value in (("title", found.name), ("file_name", found.file_name), ("mime_type", found.mime_type)):
            if value is not None:
                fields.setdefault(name, value)
        if found.date is not None:
            fields["date"] = found.date.isoformat()
        links = {"access_url": found.access_url, "download_url": found.download_url}
        fields |= {name: link for name, link in links.items() if link is not None}
        complete = replace(task, file=replace(found, id=task.file.id), fields=fields)
        if found.text is not None:
            return Outcome(complete, done, self._from_text(fields, found.text))
        return self._fetched(complete, done)

    def _read(self, task: Task, done: OParlFile, path: Path, answer: FileAnswer) -> Outcome:
        mime_type = task.file.mime_type or answer.mime_type or "application/pdf"
        name = _file_name(task)
        try:
            # What the server calls an answer does not count: its error pages are text/html as well.
            extraction, fresh = read_file(
                self._store, self._extractor, path, answer.sha256, name=name, mime_type=task.file.mime_type
            )
        except UnreadableFile as error:
            if mime_type in _UNTYPED or error.kind not in ("not_a_pdf", "unsupported") or _is_web_page(path):
                raise
            # A picture or a spreadsheet, say, which is kept and can be found by its title.
            self._store.originals.add(path)
            fields = {**task.fields, "mime_type": mime_type, "sha256": answer.sha256, "size": answer.size}
            return Outcome(task, done, self._parsed(fields))
        self._store.originals.add(path)
        document = document_from_file(
            extraction,
            checksum=answer.sha256,
            size=answer.size,
            file_name=name,
            metadata={**task.fields, "mime_type": extraction.mime_type},
            max_text_bytes=self._extractor.limits.max_text_bytes,
        )
        return Outcome(task, done, document, extraction=(answer.sha256, extraction) if fresh else None)

    def _failed(self, task: Task, kind: str, message: str, *, may_pass: bool) -> Outcome:
        """Keep what there is, so that the file can be found by its title at least."""
        tries = task.state.tries + 1 if task.state.failure else 1
        pause = min(_FIRST_RETRY * 2 ** min(tries - 1, 20), _LONGEST_RETRY)
        state = replace(
            task.state,
            pending=False,
            removed=False,
            failure=kind,
            tries=tries,
            retry_at=datetime.now(UTC) + pause if may_pass else None,
        )
        failure = FailedItem(task.file.id, kind, message)
        stored = self._stored(task.file.id)
        try:
            document = self._with_content_of(stored, task.fields) if stored else self._parsed(task.fields)
        except InvalidDocument:
            return Outcome(task, state, failure=failure)
        return Outcome(task, state, document, failure)

    def _from_text(self, fields: Mapping[str, Any], text: str) -> Document:
        pages = text.split("\f")
        if len(pages) > 1 and not pages[-1].strip():
            pages.pop()
        return self._parsed({**fields, "pages": pages})

    def _with_content_of(self, stored: Document, fields: Mapping[str, Any]) -> Document:
        """Return a document with new metadata and the content of the one stored."""
        values = {**fields, "pages": list(stored.pages), "text_quality": stored.text_quality.value}
        if stored.page_count is not None:
            values["page_count"] = stored.page_count
        if stored.sha256 is not None:
            values |= {"sha256": stored.sha256, "size": stored.size, "mime_type": stored.mime_type}
            values.setdefault("file_name", stored.file_name)
            if stored.created is not None:
                values.setdefault("created", stored.created.isoformat())
        if "title" not in values and not values.get("paper", {}).get("name"):
            values["title"] = stored.title
        return self._parsed(values)

    def _undated(self, outcome: Outcome) -> Outcome:
        """Leave the document as it is when nothing but its ``modified`` changed, which some servers make up."""
        found = outcome.document
        stored = self._stored(found.id) if found is not None else None
        if found is None or stored is None or found.modified == stored.modified:
            return outcome
        same = replace(found, modified=stored.modified)
        return replace(outcome, document=same) if same == replace(stored, indexed_at=None) else outcome

    def _parsed(self, fields: Mapping[str, Any]) -> Document:
        return parse_document(fields, max_text_bytes=self._extractor.limits.max_text_bytes)

    def _stored(self, file_id: str) -> Document | None:
        found = self._store.documents.get(file_id)
        return found.document if found else None


def _is_worth_having(file: File) -> bool:
    """Tell whether the text that a server supplies is one, or all there is; it may come from a text layer that lies."""
    return file.content_url is None or readability(file.text or "").is_readable


def _file_name(task: Task) -> str:
    return task.file.file_name or (task.file.content_url or "").partition("?")[0].rpartition("/")[2] or "file.pdf"


def _is_web_page(path: Path) -> bool:
    with path.open("rb") as file:
        return is_web_page(file.read(SNIFFED_BYTES))
