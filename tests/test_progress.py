"""Showing how long work goes."""

from __future__ import annotations

from itertools import count

import pytest

from searchsvc.cli import progress
from searchsvc.cli.progress import FailuresShown, ProgressDisplay, failed_in_words
from searchsvc.ingest import FailedItem


@pytest.fixture
def lines_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks go a second further at each look, and every update is a line."""
    seconds = count()
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    monkeypatch.setattr(progress, "monotonic", lambda: float(next(seconds)))


def test_a_line_says_rate_remaining_time_and_failures_by_reason(
    lines_at_once: None, capsys: pytest.CaptureFixture[str]
):
    """Without a terminal, progress is plain lines on standard error."""
    with ProgressDisplay("importing", 300) as display:
        display.update(100, 20, noun="documents", failed={"timeout": 1, "damaged": 2})
        display.update(300, 60, noun="documents")
    assert capsys.readouterr().err.splitlines() == [
        "importing: 20 documents, 20/s, 3 failed: damaged 2, timeout 1, about 2 s left",
        "importing: 60 documents, 30/s, 0 failed",
    ]


def test_failures_are_shown_once_and_counted(capsys: pytest.CaptureFixture[str]):
    """Each is named with its reason when it comes; a report that has nothing new adds nothing."""
    failed = [FailedItem("a.pdf", "damaged", "broken")]
    with ProgressDisplay("importing", 1) as display:
        shown = FailuresShown(display)
        shown.show(failed)
        shown.show(failed)
        failed.append(FailedItem("[b].pdf", "damaged", "broken too"))
        shown.show(failed)
    assert capsys.readouterr().err.splitlines() == [
        "failed: a.pdf: damaged: broken",
        "failed: [b].pdf: damaged: broken too",
    ]
    assert failed_in_words(shown.by_kind) == "2 failed: damaged 2"
    assert failed_in_words({}) == "0 failed"
