"""Showing how long work goes: a bar on a terminal, a line every few seconds elsewhere. On standard error."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from time import monotonic
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from searchsvc.shown import shown_text

_LINE_EVERY_S = 5.0
_NONE: Mapping[str, int] = MappingProxyType({})


class FailedItem(Protocol):
    """What failed, and why."""

    @property
    def item(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def message(self) -> str: ...


def failed_in_words(by_kind: Mapping[str, int]) -> str:
    """Say how many failed and why: ``3 failed: damaged 2, timeout 1``."""
    reasons = ", ".join(f"{kind} {count:,}" for kind, count in sorted(by_kind.items()))
    return f"{sum(by_kind.values()):,} failed{': ' if reasons else ''}{reasons}"


class ProgressDisplay:
    """Progress of one piece of work. ``amount`` and ``total`` may be anything that grows evenly, such as bytes."""

    def __init__(self, title: str, total: float) -> None:
        self._title = title
        self._total = total
        self._started = monotonic()
        self._last_line = self._started
        self._bar: Progress | None = None
        self._task = TaskID(0)
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.percentage:>3.0f} %"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[detail]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task(title, total=total or None, detail="")

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def update(
        self, amount: float, items: int, *, noun: str, failed: Mapping[str, int] = _NONE, total: float | None = None
    ) -> None:
        """Show that ``amount`` is done, which is ``items`` things called ``noun``; ``failed``: how many, by reason.

        ``total`` takes the place of the one that was given at first.
        """
        self._total = self._total if total is None else total
        now = monotonic()
        elapsed = max(now - self._started, 1e-3)
        detail = f"{items:,} {noun}, {items / elapsed:,.0f}/s, {failed_in_words(failed)}"
        if self._bar:
            self._bar.update(self._task, completed=amount, total=self._total or None, detail=detail)
        elif now - self._last_line >= _LINE_EVERY_S:
            self._last_line = now
            click.echo(f"{self._title}: {detail}{self._remaining(amount, elapsed)}", err=True)

    def print(self, line: str) -> None:
        """Show a line that stays, above the bar if there is one."""
        if self._bar:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(line, err=True)

    def _remaining(self, amount: float, elapsed: float) -> str:
        if not 0 < amount < self._total:
            return ""
        return f", about {elapsed * (self._total - amount) / amount:,.0f} s left"


class FailuresShown:
    """Shows each failure as it comes and counts them by reason."""

    def __init__(self, display: ProgressDisplay) -> None:
        self._display = display
        self.by_kind: Counter[str] = Counter()

    def show(self, failed: Sequence[FailedItem]) -> None:
        """Show those of all failures so far that are new."""
        for one in failed[self.by_kind.total() :]:
            self._display.print(shown_text(f"failed: {one.item}: {one.kind}: {one.message}"))
            self.by_kind[one.kind] += 1
