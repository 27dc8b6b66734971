"""Carrying out the deletions of an import, unless they are so many that the server is more likely wrong than right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from searchsvc.oparl.mapping import WITHDRAWN
from searchsvc.oparl.moves import Move, likely_move
from searchsvc.oparl.report import ImportReport
from searchsvc.shown import shown_address
from searchsvc.store import OParlSource, Store

HELD = "held"
"""Name of the observation that deletions of a source wait for the operator's word."""

_HANDFUL = 10
"""So many documents are deleted in any case."""

_SHARE = 5
"""Part of a source's documents, one in so many, that may be deleted by one import."""

_BATCH = 500

_log = structlog.get_logger(__name__)


def carry_out_deletions(store: Store, source: OParlSource, report: ImportReport, *, force: bool) -> None:
    """Delete the documents of files that are gone at their source, or keep and mark them if the source is set so.

    More than a fifth of a source, and more than a handful, is deleted with ``force`` only: lists that have become
    short, or ids that are all different, are no proof that so much is gone. They wait then, and the report says so.
    """
    doomed = store.oparl_files.doomed(source.key)
    files = store.oparl_files.count_files(source.key) + len(doomed)
    too_many = len(doomed) > _HANDFUL and len(doomed) * _SHARE > files
    if too_many and not force and source.on_deletion == OParlSource.DELETE:
        move = likely_move(doomed, store.oparl_files.file_ids(source.key))
        report.held = _reason(source, len(doomed), files, move)
        since = source.observed.get(HELD, {}).get("since") or datetime.now(UTC).isoformat(timespec="seconds")
        store.oparl_sources.observe(source.url, **{HELD: {"since": since, "files": len(doomed), "of": files}})
        _log.warning("oparl_deletions_held", url=shown_address(source.url), files=len(doomed), of=files)
        return
    for start in range(0, len(doomed), _BATCH):
        batch = doomed[start : start + _BATCH]
        if source.on_deletion == OParlSource.KEEP:
            _mark(store, batch)
        else:
            report.deleted += store.oparl_files.delete_doomed(batch)
        store.failures.clear_many(batch)
    store.oparl_sources.observe(source.url, **{HELD: None})


def _mark(store: Store, file_ids: Sequence[str]) -> None:
    """Keep documents and mark them as not published any more; the mark goes when they are published again."""
    stored = [found.document for file_id in file_ids if (found := store.documents.get(file_id)) is not None]
    store.documents.put_many(
        [replace(one, keywords=tuple(dict.fromkeys((*one.keywords, WITHDRAWN))), indexed_at=None) for one in stored]
    )
    store.oparl_files.spare(file_ids)


def _reason(source: OParlSource, doomed: int, files: int, move: Move | None) -> str:
    address = shown_address(source.url)
    what = f"{doomed:,} of {files:,} documents are not listed any more or called deleted, so nothing was deleted: "
    if move is not None:
        return (
            f"{what}the same are there under other addresses; 'searchsvc sources move {shown_address(move.old)} "
            f"{shown_address(move.new)}' takes documents, links and takedowns along"
        )
    return f"{what}see whether {address} is complete, then delete them with 'searchsvc import-oparl URL --force'"
