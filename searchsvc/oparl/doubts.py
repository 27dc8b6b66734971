"""What becomes of files of which nothing but ``modified`` has changed: some or all are asked for, others are trusted.

A server that calls a few of its files modified is asked for them. One that calls a tenth of all its files modified at
once either has touched them all or makes the time up, as some do with each request. Then a sample is asked for: some
of the last months, and those asked for longest ago. If none of them has changed, the others are taken for the same.
The samples go round, so each file is looked at once in some hundreds of imports, and a recent one far more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import structlog

from searchsvc.oparl.builder import Builder, Doubt
from searchsvc.shown import shown_address
from searchsvc.store import OParlSource, Store

UNDATED = "undated"
"""Name of the observation that ``modified`` of a server says nothing."""

_FEW = 100
"""So many files are asked for in any case."""

_SHARE = 10
"""Part of all files, one in so many, that are touched at once by a server that makes the time up."""

_LEAST_SAMPLE = 10
_FIRST_SHARE = 100
_SAMPLE_SHARE = 200
_TOLERATED_SHARE = 5
"""One in so many of a sample may have changed where it is known that ``modified`` says nothing."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """What the doubts of an import came to: whether so many files were touched at once, and to no purpose."""

    massive: bool
    undated: bool
    files: int
    asked: int


def sample_size(files: int) -> int:
    """Return how many of so many files are asked for in one import though nothing says that they changed."""
    return max(_LEAST_SAMPLE, files // _SAMPLE_SHARE)


def settle_doubts(store: Store, source: OParlSource, builder: Builder) -> Settled:
    """Settle all doubts of an import that has read its lists. Raises ``ImportEnded`` or ``StoreUnavailable``."""
    doubts = dict(builder.doubts)
    files = store.oparl_files.count_files(source.key)
    touched = len(doubts) + len(builder.same_texts)
    massive = touched > _FEW and touched * _SHARE > files
    if not massive:
        builder.ask(doubts)
        builder.ask_again(store.oparl_files.trusted(source.key, sample_size(files)))
        return Settled(massive=False, undated=False, files=touched, asked=len(doubts))
    was_known = UNDATED in source.observed
    chosen = set(_sample(store, doubts, is_first=not was_known))
    builder.ask({file_id: doubts[file_id] for file_id in chosen})
    rest = {file_id: doubt for file_id, doubt in doubts.items() if file_id not in chosen}
    tolerated = builder.doubted // _TOLERATED_SHARE if was_known else 0
    if chosen and (builder.doubted == 0 or builder.doubted_changed > tolerated):
        if builder.doubted == 0:  # none could be had: they wait for the next import
            return Settled(massive=True, undated=was_known, files=touched, asked=len(chosen))
        builder.ask(rest)
        return Settled(massive=True, undated=False, files=touched, asked=len(doubts))
    builder.trust(rest)
    return Settled(massive=True, undated=True, files=touched, asked=len(chosen))


def note_doubts(store: Store, source: OParlSource, settled: Settled) -> None:
    """Note in the store whether ``modified`` of a server says anything. For imports that read all lists."""
    known = source.observed.get(UNDATED)
    if settled.undated:
        since = known["since"] if known else datetime.now(UTC).isoformat(timespec="seconds")
        fact = {"since": since, "files": settled.files, "asked": settled.asked}
        if not known:
            _log.warning("oparl_modified_useless", url=shown_address(source.url), **fact)
        store.oparl_sources.observe(source.url, **{UNDATED: fact})
    elif known:
        store.oparl_sources.observe(source.url, **{UNDATED: None})


def _sample(store: Store, doubts: Mapping[str, Doubt], *, is_first: bool) -> Sequence[str]:
    """Return files to ask for, half of them of the last months.

    The first sample, which decides, is larger and taken from everywhere; the others are what was asked for longest ago.
    """
    size = sample_size(len(doubts)) if not is_first else max(_LEAST_SAMPLE, len(doubts) // _FIRST_SHARE)
    known = store.oparl_objects.files(list(doubts))
    never = datetime.min.replace(tzinfo=UTC)

    def turn(file_id: str) -> tuple[bool, datetime, int]:
        state = known.get(file_id)
        failed = is_first and state is not None and state.failure is not None
        asked = state.asked_at if state is not None and not is_first else None
        # Equals are mixed: neighbours in a list have often changed, or not, together.
        return failed, asked or never, _mixed(file_id)

    ordered = sorted(doubts, key=turn)
    recent = [file_id for file_id in ordered if doubts[file_id].recent][: size // 2]
    chosen = set(recent)
    others = [file_id for file_id in ordered if file_id not in chosen]
    return [*recent, *others[: size - len(recent)]]


def _mixed(file_id: str) -> int:
    """Return a number that has nothing to do with the order of ids and is the same in every process."""
    return int.from_bytes(sha256(file_id.encode("utf-8", "surrogatepass")).digest()[:8])
