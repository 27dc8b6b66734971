"""Reading everything again now and then and comparing it with its checksums, because disks forget without a word.

The index is read at the start, whenever a reader has met something that cannot be right, and with everything else every
``verify_days``: rows of the store and original files too, at a pace that leaves the disk to others. A damaged index is
built anew by itself; damage of what cannot be made again is told until a later round does not find it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event

import structlog

from index.contract import IndexDamaged, IndexUnavailable, SearchEngine
from searchsvc.atomic_files import write_atomically
from searchsvc.errors import DocumentDamaged
from searchsvc.periodic import PeriodicThread, Troubles
from searchsvc.settings import Settings
from searchsvc.store import Store, original_problems

TROUBLE = "damage"
SHOWN_PROBLEMS = 20
_STATE_FILE = "verification.json"
_SUSPICION_FILE = "index.suspect"
_INTERVAL_S = 2.0
_DAY_S = 86_400.0
_BATCH = 100

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VerificationState:
    """What the last whole round found. ``verified_at``: seconds since the epoch; 0: there was none yet."""

    verified_at: float = 0.0
    problem_count: int = 0
    problems: tuple[str, ...] = field(default_factory=tuple)
    """The first of them, in English."""


def read_verification(data_dir: Path) -> VerificationState:
    """Return what the last round found; nothing, if none has ended yet or what it told cannot be read."""
    try:
        values = json.loads((data_dir / _STATE_FILE).read_text(encoding="utf-8"))
        return VerificationState(
            float(values["verified_at"]), int(values["problem_count"]), tuple(map(str, values["problems"]))
        )
    except (OSError, ValueError, KeyError, TypeError):
        return VerificationState()


def suspect_index(data_dir: Path) -> None:
    """Ask the worker to compare the index with its checksums soon; harmless when it cannot be asked."""
    with suppress(OSError):
        (data_dir / _SUSPICION_FILE).touch()


class Verification(PeriodicThread):
    """Verifies index, store and original files. ``damaged`` is called with the reason when the index is damaged."""

    def __init__(
        self,
        store: Store,
        engine: SearchEngine,
        settings: Settings,
        damaged: Callable[[str], object],
        *,
        troubles: Troubles | None = None,
    ) -> None:
        self._told = troubles or Troubles()
        super().__init__("verification", _INTERVAL_S, self._told)
        self._store = store
        self._engine = engine
        self._settings = settings
        self._damaged = damaged
        self._is_first = True

    def _step(self) -> None:
        data_dir = self._settings.data_dir
        last_round = read_verification(data_dir)
        if self._is_first:
            self._tell(last_round)
        suspected = (data_dir / _SUSPICION_FILE).exists()
        if self._is_first or suspected:
            (data_dir / _SUSPICION_FILE).unlink(missing_ok=True)
            self._verify_index(lambda _: None)
            self._is_first = False
        days = self._settings.verify_days
        if days and abs(time.time() - last_round.verified_at) >= days * _DAY_S:
            self._verify_all()

    def _verify_all(self) -> None:
        pace = _Pace(self._settings.verify_mb_per_s, self._stop)
        _log.info("verification_started")
        problems = []
        with suppress(_Stopped):
            self._verify_index(pace.read)
            for problem in _store_problems(self._store, pace.read):
                _log.error("damage_found", problem=problem)
                problems.append(problem)
            state = VerificationState(time.time(), len(problems), tuple(problems[:SHOWN_PROBLEMS]))
            write_atomically(self._settings.data_dir / _STATE_FILE, json.dumps(asdict(state)))
            self._tell(state)
            _log.info("verification_finished", problems=len(problems))

    def _verify_index(self, read: Callable[[int], object]) -> None:
        try:
            self._engine.verify(read)
        except IndexDamaged as error:
            _log.error("damage_found", problem=str(error))
            self._damaged(error.reason)
        except IndexUnavailable:  # it is being made
            pass

    def _tell(self, state: VerificationState) -> None:
        first = state.problems[0] if state.problems else ""
        told = f"{state.problem_count:,} problem(s) found in the store, the first: {first}; run 'searchsvc check'"
        self._told.tell(TROUBLE, told if state.problem_count else None)


class _Stopped(Exception):
    """The worker ends; the round begins again at its next start."""


class _Pace:
    """Lets reading go on at so many MB a second."""

    def __init__(self, mb_per_s: float, stop: Event) -> None:
        self._bytes_per_s = mb_per_s * 1_000_000
        self._stop = stop
        self._owed_s = 0.0

    def read(self, count: int) -> None:
        self._owed_s += count / self._bytes_per_s
        if self._owed_s > 0.05:
            self._stop.wait(self._owed_s)
            self._owed_s = 0.0
        if self._stop.is_set():
            raise _Stopped


def _store_problems(store: Store, read: Callable[[int], object]) -> Iterator[str]:
    """Yield what is wrong with rows and original files, reading a few at a time, so that no transaction is long."""
    after, last = 0, store.documents.last_change()
    while after < last:
        damaged: list[DocumentDamaged] = []
        changes = store.documents.changes_after(after, _BATCH, damaged=damaged.append)
        yield from (error.message for error in damaged)
        for change in changes:
            read(sum(map(len, change.document.pages)) if change.document is not None else 1)
        if not changes:
            break
        after = changes[-1].number
    yield from original_problems(store, read=read)
