"""The JSON of status and health checks as models."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import Field

from searchsvc.web.api.schemas import Count, Kommune, Model


class KommuneCount(Model):
    """A municipality (null: documents without one) and how many documents it has."""

    kommune: Kommune | None
    documents: Count


class Changes(Model):
    """Numbers of the last change in store and index; the difference has yet to be indexed."""

    store: Count | None = Field(description="Null for keys bound to filters.")
    index: Count | None


class ReadyIndex(Model):
    """An index that answers searches."""

    ready: Literal[True]
    current: bool
    documents: Count
    generation: str
    size_bytes: Count | None = Field(description="Null for keys bound to filters.")
    segments: Count | None = Field(description="Null for keys bound to filters.")


class UnreadyIndex(Model):
    """An index that cannot be read now."""

    ready: Literal[False]


class Worker(Model):
    """What the worker last told of itself; done of total documents while it rebuilds; what it cannot do, by name."""

    alive: bool
    state: Literal["missing", "starting", "idle", "applying", "rebuilding", "failing", "stopped"]
    seen_at: dt.datetime | None
    done: Count = Field(default=0)
    total: Count = Field(default=0)
    troubles: list[str] = Field(default=[])


class Coverage(Model):
    """How many objects of a source are known, how many files have a document, how many lists were read to the end."""

    papers: Count
    meetings: Count
    files: Count
    documents: Count
    lists: Count
    lists_read: Count


class Completeness(Model):
    """What a source lists and what is here of it. quiet: nothing has come for longer than is usual for it."""

    listed: dict[str, int] = Field(description="How many objects its lists have, by kind.")
    documents: Count
    failed: Count
    without_text: Count
    newest_date: dt.date | None
    last_30_days: Count = Field(description="Documents with a date of the last 30 days.")
    usual_30_days: float | None = Field(description="Their usual number, by the last year.")
    quiet_days: Count | None = Field(description="Days since the newest date.")
    quiet: bool


class OParlSource(Model):
    """An OParl server that is mirrored, and how its last import went; next_at is null without regular imports."""

    url: str
    kommune: str | None
    every_hours: float | None
    on_deletion: Literal["delete", "keep"] = Field(description="What becomes here of what is deleted there.")
    state: Literal["new", "running", "ok", "incomplete", "failed", "stopped"]
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    next_at: dt.datetime | None
    error: str | None
    counts: dict[str, int] = Field(description="What the last import did: stored, unchanged, deleted, failed, …")
    coverage: Coverage
    failed_files: Count
    compared_at: dt.datetime | None = Field(description="Last comparison of everything.")
    oddities: dict[str, str] = Field(description="What is odd about the server, in English, by name.")
    completeness: Completeness | None = Field(description="Null before the first import that ended.")


class Backup(Model):
    """Backups by schedule; late: the last good one is older than twice the interval."""

    good_at: dt.datetime | None
    failing: bool
    late: bool
    missing_files: Count
    log_until: dt.datetime | None = Field(description="Last moment that can be restored from the log.")
    log_waiting: Count


class Status(Model):
    """What is in the collection and how current it is."""

    documents: Count | None = Field(description="Null for keys bound to filters while the index cannot be read.")
    kommunen: list[KommuneCount] | None = Field(description="Null while the index cannot be read.")
    newest_date: dt.date | None
    last_import: dt.datetime | None
    failures: Count | None = Field(description="Null for keys bound to filters.")
    oparl_sources: list[OParlSource]
    changes: Changes
    index: ReadyIndex | UnreadyIndex
    worker: Worker
    backup: Backup | None = Field(description="Null when none are made.")


class Health(Model):
    """The process runs."""

    status: Literal["ok"]


class Problems(Model):
    """What is missing, in English."""

    index: str = ""
    store: str = ""
    worker: str = ""
    disk: str = ""
    backup: str = ""
    imprint: str = ""
    privacy: str = ""
    accessibility: str = ""


class Ready(Model):
    """Searches and documents can be answered; warnings say what may soon keep them from it."""

    status: Literal["ready"]
    warnings: Problems = Problems()


class Unready(Model):
    """Something is missing."""

    status: Literal["unready"]
    problems: Problems
