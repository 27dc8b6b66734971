"""What the service has done of late: worker, verification, backups, and whether the store is the right one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from searchsvc.doctor.finding import Finding, fail, ok, warn
from searchsvc.errors import StoreUnavailable
from searchsvc.indexing.heartbeat import WorkerState, read_worker_status
from searchsvc.indexing.verification import read_verification
from searchsvc.settings import Settings
from searchsvc.store import StoreReplaced, look_at_store, read_backup_state

LAG_CHANGES = 1_000
_DAY_S = 86_400


def store_identity(settings: Settings) -> Iterator[Finding]:
    """Look whether the store is that of the data folder."""
    try:
        found = look_at_store(settings)
    except StoreReplaced:
        yield fail(
            "store",
            f"it is not the one that {settings.data_dir} was filled from",
            "set database_url as it was, or 'searchsvc restore FILE'; 'searchsvc adopt-store' goes on with this one",
        )
    except StoreUnavailable as error:
        yield fail("store", str(error), "see docs/operating.md")
    else:
        if found is None:
            yield ok("store", "not made yet")
        else:
            yield ok("store", f"{found.identity or 'without a name yet'}, change {found.last_change:,}")


def worker(settings: Settings) -> Iterator[Finding]:
    """Look whether the worker is alive, and how far the index is behind."""
    told = read_worker_status(settings.data_dir)
    if told is None:
        yield warn("worker", "has never run on this data folder", "start 'searchsvc serve' or 'searchsvc worker'")
        return
    if not told.is_alive:
        when = datetime.fromtimestamp(told.written_at, UTC)
        yield fail("worker", f"does not run; it last told of itself {when:%Y-%m-%d %H:%M:%S} UTC", "start it")
        return
    waiting = max(0, told.last_change - told.applied_change)
    if told.error or told.state is WorkerState.FAILING:
        yield fail("worker", f"{told.state}: {told.error or 'it tries again'}", "see its log")
    elif told.state is WorkerState.REBUILDING:
        yield warn(
            "worker", f"builds the index anew, {told.done:,} of {told.total:,}", "wait; searches use the old one"
        )
    elif waiting > LAG_CHANGES:
        yield warn("worker", f"{waiting:,} changes wait for the index", "wait, unless an import goes on; see its log")
    else:
        yield ok("worker", f"{told.state}, process {told.pid}, {waiting:,} changes wait")
    for name, trouble in told.troubles.items():
        yield warn("worker", f"{name}: {trouble}", "see its log")


def verification(settings: Settings) -> Iterator[Finding]:
    """Look when all was last compared with its checksums."""
    told, days = read_verification(settings.data_dir), settings.verify_days
    age_days = (time.time() - told.verified_at) / _DAY_S
    if told.problem_count:
        yield fail("verified", f"{told.problem_count:,} problem(s), the first: {told.problems[0]}", "searchsvc check")
    elif not days:
        yield warn("verified", "switched off (verify_days)", "run 'searchsvc check' now and then")
    elif not told.verified_at:
        yield warn("verified", "not yet", f"the worker does so within {days:g} days; or run 'searchsvc check'")
    elif age_days > 2 * days:
        yield warn("verified", f"{age_days:,.0f} days ago, due every {days:g}", "does the worker run for long enough?")
    else:
        yield ok("verified", f"{datetime.fromtimestamp(told.verified_at, UTC):%Y-%m-%d %H:%M} UTC, no problems")


def backups(settings: Settings) -> Iterator[Finding]:
    """Look whether backups are made, where, and how old the last good one is."""
    part, folder = "backups", settings.backup_folder
    if folder is None:
        if settings.store_url.startswith("sqlite"):
            yield warn(part, "none are made", "set backup_folder, or run 'searchsvc backup' every night")
        else:
            yield ok(part, "left to PostgreSQL; original files and secret.key need their own")
        return
    told = read_backup_state(settings.data_dir)
    if not folder.is_dir():
        yield fail(part, f"{folder} is not there", "mount or make it")
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield fail(part, f"{folder} is closed to this user", "chown it to the user of the service")
    elif problem := told.problem(settings):
        yield fail(part, problem, "see the worker's log")
    elif told.error:
        yield warn(part, f"the last attempt failed: {told.error}", "see the worker's log")
    elif settings.data_dir.exists() and folder.stat().st_dev == settings.data_dir.stat().st_dev:
        yield warn(part, f"{folder} is on the disk of the data folder", "one broken disk takes both: use another one")
    else:
        yield ok(part, f"{told.file} of {told.good_at:%Y-%m-%d %H:%M} UTC" if told.good_at else "none is due yet")
    if told.log_error:
        yield warn(part, f"{told.log_waiting:,} changes wait for the log: {told.log_error}", "see the worker's log")
