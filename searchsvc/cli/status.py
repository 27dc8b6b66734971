"""``searchsvc status``: what is in the store and the index, and what the worker does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from index.contract import SearchIndexError
from searchsvc.cli.common import counted, with_settings
from searchsvc.cli.oparl_status import source_lines
from searchsvc.cli.stores import open_store
from searchsvc.indexing.engines import open_engine, word_list_troubles
from searchsvc.indexing.heartbeat import read_worker_status
from searchsvc.indexing.verification import read_verification
from searchsvc.settings import Settings
from searchsvc.shown import shown_text
from searchsvc.source_state import source_report
from searchsvc.store import Store, read_backup_state

_SHOWN_FAILURES = 1_000


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--failures", "with_failures", is_flag=True, help="List what could not be imported, latest first.")
@with_settings
def status(settings: Settings, as_json: bool, with_failures: bool) -> None:
    """Show documents, changes waiting for the index, the worker, failed imports and OParl sources."""
    with open_store(settings) as store:
        report = _report(settings, store, with_failures=with_failures)
        sources = [line for source in store.oparl_sources.list() for line in source_lines(settings, store, source)]
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(report, sources)


def _report(settings: Settings, store: Store, *, with_failures: bool) -> dict[str, Any]:
    changed_at = store.documents.last_changed_at()
    worker = read_worker_status(settings.data_dir)
    report: dict[str, Any] = {
        "data_dir": str(settings.data_dir.absolute()),
        "documents": store.documents.count(),
        "last_change": store.documents.last_change(),
        "last_changed_at": changed_at.isoformat() if changed_at else None,
        "index": _index(settings),
        "worker": {**asdict(worker), "running": worker.is_alive} if worker else None,
        "word_lists": dict(word_list_troubles(settings)),
        "backup": _backup(settings),
        "verification": asdict(read_verification(settings.data_dir)),
        "failures": store.failures.count(),
        "failures_by_kind": store.failures.count_by_kind(),
        "open_reports": store.reports.count(),
        "oparl_sources": [source_report(settings, store, source) for source in store.oparl_sources.list()],
    }
    if with_failures:
        report["failed_items"] = [
            {
                "item": shown_text(one.item),
                "kind": one.kind,
                "message": shown_text(one.message),
                "failed_at": one.failed_at.isoformat(),
            }
            for one in store.failures.list(_SHOWN_FAILURES)
        ]
    return report


def _backup(settings: Settings) -> dict[str, Any] | None:
    if settings.backup_folder is None:
        return None
    told = read_backup_state(settings.data_dir)
    return {
        "folder": str(settings.backup_folder.absolute()),
        "file": told.file,
        "good_at": told.good_at.isoformat() if told.good_at else None,
        "size_bytes": told.bytes,
        "documents": told.documents,
        "missing_files": told.missing,
        "problem": told.problem(settings),
        "error": told.error,
        "log_until": told.log_until.isoformat() if told.log_until else None,
        "log_waiting": told.log_waiting,
        "log_error": told.log_error,
    }


def _index(settings: Settings) -> dict[str, Any]:
    engine = open_engine(settings)
    try:
        stats = engine.stats()
    except SearchIndexError as error:
        return {"ready": False, "reason": str(error)}
    finally:
        engine.close()
    return {
        "ready": True,
        "documents": stats.documents,
        "applied_change": stats.applied_change,
        "generation": stats.generation,
        "size_bytes": stats.size_bytes,
        "segments": stats.segments,
        "newest_date": stats.newest_date.isoformat() if stats.newest_date else None,
        "kommunen": [
            {"name": kommune.name if kommune else None, "documents": count}
            for kommune, count in stats.documents_by_kommune
        ],
    }


def _print(report: dict[str, Any], sources: Sequence[str]) -> None:
    found, worker = report["index"], report["worker"]
    click.echo(f"data folder  {report['data_dir']}")
    click.echo(f"documents    {report['documents']:,} (change {report['last_change']:,}, {report['last_changed_at']})")
    if found["ready"]:
        waiting = max(0, report["last_change"] - found["applied_change"])
        click.echo(
            f"index        {counted(found['documents'], 'document')}, {found['size_bytes'] / 1e6:,.1f} MB, "
            f"{counted(found['segments'], 'segment')}, {counted(waiting, 'change')} waiting"
        )
        for kommune in found["kommunen"]:
            click.echo(f"             {kommune['documents']:>8,} {kommune['name'] or '(without Kommune)'}")
    else:
        click.echo(f"index        not ready: {found['reason']}")
    if worker is None or not worker["running"]:
        click.echo("worker       not running")
    else:
        click.echo(f"worker       {worker['state']} (process {worker['pid']})")
        if worker["error"]:
            click.echo(f"             {worker['error']}")
        for name, trouble in worker["troubles"].items():
            click.echo(f"             {name}: {trouble}")
    for name, trouble in report["word_lists"].items():
        click.echo(f"{name:<13}{trouble}")
    if (made := report["backup"]) is not None:
        click.echo(
            f"backup       {made['file'] or '-'} of {made['good_at'] or '-'}, {made['size_bytes'] / 1e6:,.1f} MB"
        )
        if made["log_until"]:
            click.echo(f"             log until {made['log_until']}, {counted(made['log_waiting'], 'change')} waiting")
        for trouble in filter(None, (made["problem"], made["error"], made["log_error"])):
            click.echo(f"             {trouble}")
    if verified := report["verification"]["verified_at"]:
        when = datetime.fromtimestamp(verified, UTC).isoformat(timespec="seconds")
        click.echo(f"verified     {when}, {counted(report['verification']['problem_count'], 'problem')}")
    click.echo(f"failed       {report['failures']:,} (list them with --failures)")
    for kind, count in report["failures_by_kind"].items():
        click.echo(f"             {count:>8,} {kind}")
    click.echo(f"reports      {report['open_reports']:,}")
    for number, line in enumerate(sources):
        click.echo(f"{'OParl' if number == 0 else '':<13}{line}")
    for item in report.get("failed_items", ()):
        click.echo(f"  {item['failed_at']} {item['item']}: {item['kind']}: {item['message']}")
