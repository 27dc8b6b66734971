"""What is said about OParl sources: by ``searchsvc status`` and ``searchsvc import-oparl --list``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from searchsvc.cli.common import counted
from searchsvc.settings import Settings
from searchsvc.source_state import source_report
from searchsvc.store import OParlSource, Store


def source_lines(settings: Settings, store: Store, source: OParlSource) -> Iterator[str]:
    """Yield lines for people."""
    report = source_report(settings, store, source)
    every = f"every {source.every_hours:g} hours" if source.every_hours is not None else "not regularly"
    yield f"{report['url']} ({every}): {report['state']}"
    if source.started_at is not None:
        counts = ", ".join(
            f"{source.counts.get(name, 0):,} {name}" for name in ("stored", "unchanged", "deleted", "failed")
        )
        end = report["finished_at"] or "-"
        yield f"    last import {report['started_at']} to {end}: {counts}"
    if source.on_deletion == OParlSource.KEEP:
        yield "    what is deleted there is kept here, with a mark"
    if source.next_at is not None:
        yield f"    next import {report['next_at']}"
    coverage = report["coverage"]
    if coverage["lists"]:
        known = ", ".join(f"{coverage[name]:,} {name}" for name in ("papers", "meetings", "files", "documents"))
        yield f"    {coverage['lists_read']:,} of {coverage['lists']:,} lists read to the end: {known}"
    if (complete := report["completeness"]) is not None:
        yield f"    {_complete_in_words(complete)}"
        if complete["quiet"]:
            yield f"    nothing new since {complete['newest_date']}, which is unusual: does the server still work?"
    if report["failed_files"]:
        yield f"    {counted(report['failed_files'], 'file')} could not be read (searchsvc status --failures)"
    for oddity in report["oddities"].values():
        yield f"    {oddity}"
    if report["error"] is not None:
        yield f"    {report['error']}"


def _complete_in_words(complete: Mapping[str, Any]) -> str:
    listed = ", ".join(f"{count:,} {kind}s" for kind, count in complete["listed"].items() if kind != "organization")
    usual = "" if complete["usual_30_days"] is None else f" (usual: {complete['usual_30_days']:,.0f})"
    return (
        f"{listed or 'unknown number'} listed there, {complete['documents']:,} documents here, "
        f"{complete['without_text']:,} of them without text; {complete['last_30_days']:,} of the last 30 days{usual}"
    )
