"""One import of one source, from where the last one ended: crawl the lists, build documents, compare, retry."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from searchsvc.errors import ServiceError
from searchsvc.ingest import FailedItem, FileReader
from searchsvc.oparl.builder import Builder
from searchsvc.oparl.client import OParlClient
from searchsvc.oparl.completeness import note_completeness, tell_if_quiet
from searchsvc.oparl.contents import Contents
from searchsvc.oparl.crawler import Crawl, End, Page
from searchsvc.oparl.credentials import Credentials
from searchsvc.oparl.deletions import carry_out_deletions
from searchsvc.oparl.directory import Directory
from searchsvc.oparl.doubts import UNDATED, note_doubts, settle_doubts
from searchsvc.oparl.errors import OParlError
from searchsvc.oparl.filter_ways import FilterWays
from searchsvc.oparl.lock import source_lock
from searchsvc.oparl.objects import Kind
from searchsvc.oparl.places import Places
from searchsvc.oparl.recorder import GONE, Place, Recorder
from searchsvc.oparl.report import ImportReport, Progress
from searchsvc.outbound.addresses import Resolve, resolve
from searchsvc.outbound.certificates import InvalidCertificates
from searchsvc.outbound.errors import FetchFailed
from searchsvc.settings import Settings
from searchsvc.shown import shown_address, shown_text
from searchsvc.store import OParlList, OParlSource, Store

_OLDEST_CURSOR = timedelta(days=7)
"""A crawl that was cut off longer ago starts anew: what its pages showed then may have moved on since."""

_log = structlog.get_logger(__name__)


def import_source(
    settings: Settings,
    store: Store,
    source: OParlSource,
    *,
    full: bool = False,
    recheck: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    extractor: FileReader | None = None,
    resolve: Resolve = resolve,
) -> ImportReport:
    """Import what is new, changed or deleted since the last import; the first one imports everything.

    Args:
        settings: limits and manners.
        store: where documents and state go.
        source: what to import; it must be known to ``store.oparl_sources``.
        full: compare everything, whether or not it is time for that.
        recheck: ask for every file again, whether or not anything says that it changed.
        force: delete also what is so much that the server is more likely wrong than right.
        progress: called with the report now and then.
        extractor: reads PDFs; unset: one is started and closed.
        resolve: finds the addresses of host names.

    Raises:
        ImportRunning: another process imports this source.
        StoreUnavailable: nothing can be stored now; the next import goes on from there.
    """
    report = ImportReport()
    with source_lock(settings, source) as folder:
        store.oparl_sources.begin(source.url)
        own = None if extractor else FileReader.from_settings(settings, processes=settings.oparl_concurrency)
        reader = extractor or own
        assert reader is not None
        try:
            credentials = Credentials.read(settings.oparl_credentials, source.url)
            with OParlClient(settings, resolve=resolve, credentials=credentials) as client:

                def tell(_report: ImportReport) -> None:
                    report.requests, report.received_bytes = client.requests, client.received_bytes
                    if progress is not None:
                        progress(report)

                importer = _Import(settings, store, source, client, reader, folder, report, tell)
                try:
                    importer.run(full=full, recheck=recheck, force=force)
                finally:
                    tell(report)
        except (OParlError, FetchFailed, InvalidCertificates) as error:
            report.error = error.message
            store.oparl_sources.finish(source.url, report.result, report.error, report.counts())
        except ServiceError as error:
            report.error = error.message
            raise
        else:
            store.oparl_sources.finish(source.url, report.result, _first_failure(report), report.counts())
            tell_if_quiet(store, settings, source.url)
        finally:
            if own is not None:
                own.close()
    return report


class _Import:
    """The steps of one import."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        source: OParlSource,
        client: OParlClient,
        extractor: FileReader,
        folder: Path,
        report: ImportReport,
        tell: Progress,
    ) -> None:
        self._settings = settings
        self._store = store
        self._sources = store.oparl_sources
        self._source = source
        self._client = client
        self._extractor = extractor
        self._folder = folder
        self._report = report
        self._tell = tell
        self._zone = ZoneInfo(settings.oparl_time_zone)
        self._directory = Directory(client, store, source, self._zone)
        self._round: str | None = None
        self._lists: dict[str, OParlList] = {}
        self._renamed = False
        # A list of files that has been read in part will supply texts next time that are not to be downloaded now.
        self._files_await = False
        self._lists_failed = False
        self._filter_ways = FilterWays(client)
        self._announced: dict[str, int] = {}
        self._announcing: set[str] = set()
        self._entries_read: dict[str, int] = {}

    def run(self, *, full: bool, recheck: bool, force: bool) -> None:
        """Do everything. Raises ``OParlError`` or ``FetchFailed`` when the import cannot go on."""
        self._directory.load()
        places = Places(self._client, self._directory)
        found = places.find(self._source.url)
        self._lists = self._sources.lists(self._source)
        self._open_round(full=full)
        undated = UNDATED in self._source.observed
        self._recorder = Recorder(
            self._store, self._directory, self._source.key, self._round, self._report, undated=undated
        )
        contents = Contents(self._client, self._store, self._extractor, self._folder, self._zone)
        self._builder = Builder(
            self._store,
            contents,
            self._directory,
            self._recorder,
            self._source.key,
            self._report,
            threads=self._settings.oparl_concurrency,
            undated=undated,
            progress=self._tell,
        )
        if places.changed:
            self._store.oparl_objects.set_all_pending(self._source.key)
        self._report.work.lists = dict.fromkeys((place.url for place in found), None)
        for place in found:
            self._crawl(place)
            # Whatever became of it, nothing more of this list is to be done now.
            self._report.work.lists[place.url] = self._entries_read.pop(place.url, 0)
            self._sources.note(self._source.url, self._report.counts())
        if self._renamed:
            self._store.oparl_objects.set_all_pending(self._source.key)
        if not self._files_await:
            self._builder.build_pending()
            settled = settle_doubts(self._store, self._source, self._builder)
            if not self._lists_failed:
                note_doubts(self._store, self._source, settled)
            self._builder.retry_failed()
            if recheck:
                self._builder.recheck()
        self._close_round(found)
        self._filter_ways.note(self._store, self._source)
        carry_out_deletions(self._store, self._source, self._report, force=force)
        note_completeness(self._store, self._source, self._report, self._announced)

    def _open_round(self, *, full: bool) -> None:
        """Go on with the full comparison under way, or begin one when it is time."""
        self._round = self._source.full_round
        if self._round is not None:
            return
        last = self._source.full_at
        days = self._settings.oparl_full_days
        now = datetime.now(UTC)
        is_time = days > 0 and last is not None and now - datetime.fromisoformat(last) >= timedelta(days=days)
        if not (full or last is None or is_time):
            return
        self._round = now.isoformat(timespec="milliseconds")
        # Crawls that were cut off have not marked what they met.
        for url, state in self._lists.items():
            self._lists[url] = replace(state, next_url=None)
            self._sources.save_list(self._lists[url])
        self._sources.begin_round(self._source.url, self._round)

    def _close_round(self, places: list[Place]) -> None:
        """End the full comparison when all lists have been read to their end; only then may something be missing."""
        done = [url for url, state in self._lists.items() if state.done_round == self._round]
        if self._round is None or not all(place.url in done for place in places):
            return
        urls = {place.url for place in places}
        vanished = [url for url in self._lists if url not in urls]
        if not vanished and all(self._lists[place.url].crawl_trusted for place in places):
            self._recorder.bury_missing()
        else:
            _log.warning(
                "oparl_comparison_without_deletions",
                url=shown_address(self._source.url),
                vanished_lists=list(map(shown_address, vanished)),
            )
        for url in vanished:
            self._sources.remove_list(self._lists.pop(url))
        self._sources.finish_round(self._source.url, self._round)

    def _crawl(self, place: Place) -> None:
        """Read one list, and note when that fails; the other lists do not suffer from it."""
        state = self._lists.get(place.url) or OParlList(place.url, self._source.key)
        full = state.synced_until is None or (self._round is not None and state.done_round != self._round)
        resumed = state.next_url is not None and state.crawl_since is not None and state.crawl_full >= full
        resumed = resumed and datetime.now(UTC) - (state.crawl_since or datetime.now(UTC)) < _OLDEST_CURSOR
        full = state.crawl_full if resumed else full
        while True:
            if not resumed:
                state = replace(state, next_url=None, crawl_since=datetime.now(UTC), crawl_full=full, crawl_entries=0)
                state = replace(state, crawl_trusted=True) if full else state
            since = None if full else self._since(state)
            crawl = Crawl(self._client, place.url, since=since, start_url=state.next_url)
            begun = state
            try:
                self._walk(crawl, place, state)
            except FetchFailed as error:
                state = self._lists.get(place.url, state)
                if resumed and not crawl.answered and error.status is not None:
                    _log.warning("oparl_cursor_lost", url=shown_address(error.url), reason=error.reason)
                    resumed = False
                elif not (full or resumed or crawl.answered) and self._filter_ways.nothing_new(place.url, error):
                    self._keep(self._finished(begun, End.COMPLETE))
                    self._store.failures.clear(place.url)
                    return
                elif not full and self._filter_ways.is_broken(place.url, error, answered=crawl.answered):
                    resumed, full = False, True
                else:
                    self._files_await |= place.kind is Kind.FILE and crawl.answered
                    self._list_failed(place, error)
                    return
            else:
                if since is not None:
                    self._filter_ways.worked()
                self._store.failures.clear(place.url)
                return

    def _since(self, state: OParlList) -> datetime | None:
        """Return from when on changes are asked for: some publish what they have marked as changed hours before."""
        if state.synced_until is None:
            return None
        return state.synced_until - timedelta(hours=self._settings.oparl_overlap_hours)

    def _walk(self, crawl: Crawl, place: Place, state: OParlList) -> None:
        """Read a list to its end, noting after each page where to go on."""
        end = End.COMPLETE
        is_first = state.next_url is None
        for page in crawl.pages():
            if is_first and page.date is not None and state.crawl_since is not None:
                # What counts is the server's clock, should it be behind ours.
                state = replace(state, crawl_since=min(state.crawl_since, page.date))
            if is_first and state.crawl_full and page.announced is not None:
                self._announce(place, page.announced)
            if is_first and (page.announced is not None or page.next_url is None):
                self._report.work.lists[place.url] = page.announced or len(page.entries)
            is_first = False
            self._entries_read[place.url] = self._entries_read.get(place.url, 0) + len(page.entries)
            self._report.work.done += len(page.entries)
            trusted = self._take(page, place)
            self._report.list_pages += 1
            end = page.end or end
            state = replace(
                state,
                next_url=page.next_url,
                crawl_entries=state.crawl_entries + len(page.entries),
                crawl_trusted=state.crawl_trusted and (trusted or not state.crawl_full),
            )
            if page.next_url is not None:
                self._keep(state)
            self._tell(self._report)
        finished = self._finished(state, end)
        self._keep(finished)
        if state.crawl_full and place.url not in self._announcing:
            self._announce(place, finished.entries)

    def _announce(self, place: Place, entries: int) -> None:
        """Note how many objects a list says it has, or has had to its end."""
        self._announcing.add(place.url)
        self._announced[place.kind] = self._announced.get(place.kind, 0) + entries

    def _finished(self, state: OParlList, end: End) -> OParlList:
        absent = end is End.ABSENT and state.crawl_full
        state = replace(
            state, next_url=None, synced_until=state.synced_until if absent else state.crawl_since, crawl_since=None
        )
        if not state.crawl_full:
            return state
        # A list that has suddenly nothing in it is more likely broken than empty.
        emptied = state.crawl_entries == 0 and state.entries > 0
        trusted = state.crawl_trusted and end is End.COMPLETE and not emptied
        entries = state.entries if absent or emptied else state.crawl_entries
        return replace(state, crawl_trusted=trusted, entries=entries, done_round=self._round or state.done_round)

    def _take(self, page: Page, place: Place) -> bool:
        """Take in a page; tell whether everything on it could be understood."""
        recorded = self._recorder.record(page.entries, place)
        self._renamed |= recorded.renamed
        self._builder.build(list(recorded.files), recorded.texts, modified=recorded.modified)
        self._verify(list(recorded.dropped))
        if recorded.damaged:
            _log.warning("oparl_entries_without_id", url=shown_address(page.url), entries=recorded.damaged)
        return recorded.damaged == 0

    def _verify(self, file_ids: list[str]) -> None:
        """Ask for files that their owner does not mention any more, where no list of files tells of them."""
        for file_id in file_ids:
            try:
                answer = self._client.get_object(file_id)
            except FetchFailed as error:
                if error.status in (404, 410):
                    self._recorder.bury([file_id], GONE)
                continue
            recorded = self._recorder.record([answer.value], Place(Kind.FILE, file_id))
            self._builder.build(list(recorded.files), recorded.texts, modified=recorded.modified)

    def _list_failed(self, place: Place, error: FetchFailed) -> None:
        self._lists_failed = True
        message = f"{error.message}; the next import goes on from there"
        self._store.failures.record(place.url, error.kind, message)
        self._report.failed.append(FailedItem(shown_address(place.url), error.kind, message))
        self._tell(self._report)

    def _keep(self, state: OParlList) -> None:
        self._lists[state.url] = state
        self._sources.save_list(state)


def _first_failure(report: ImportReport) -> str | None:
    if report.held is not None:
        return report.held
    if not report.failed:
        return None
    first = report.failed[0]
    others = f" (and {len(report.failed) - 1:,} more)" if len(report.failed) > 1 else ""
    return shown_text(f"{first.kind}: {first.item}: {first.message}{others}")
