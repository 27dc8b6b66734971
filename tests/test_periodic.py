"""Work that is done again and again in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from searchsvc.errors import StoreUnavailable
from searchsvc.periodic import PeriodicThread

TIMEOUT_S = 20.0


class Recorder(PeriodicThread):
    """Notes what happens; its steps raise what ``problems`` yields, and ``done`` is set when there are no more."""

    def __init__(self, problems: Iterator[str | None], interval_s: float = 0.0) -> None:
        super().__init__("recorder", interval_s)
        self.events: list[str] = []
        self.threads: set[int] = set()
        self.done = threading.Event()
        self._problems = problems

    def _step(self) -> None:
        self.threads.add(threading.get_ident())
        try:
            problem = next(self._problems)
        except StopIteration:
            self.done.set()
            self._stop.wait()
            return
        if problem is not None:
            raise StoreUnavailable(problem)
        self.events.append("step")

    def _store_lost(self, message: str) -> None:
        self.events.append(f"lost: {message}")

    def _store_found(self) -> None:
        self.events.append("found")

    def _end(self) -> None:
        self.threads.add(threading.get_ident())
        self.events.append("end")


def test_trouble_with_the_store_is_told_once():
    """Only changes are told: lost, another reason, found again; the work goes on through all of it."""
    with Recorder(iter([None, "full", "full", "full", "away", None, None, "full"])) as worker:
        assert worker.done.wait(TIMEOUT_S)
    expected = ["step", "lost: full", "lost: away", "step", "found", "step", "lost: full"]
    assert worker.events == [*expected, "found", "end"]


def test_everything_happens_in_one_thread_that_ends_with_the_context():
    """Also what is done last, because children are bound to the thread that started them."""
    with Recorder(iter([None])) as worker:
        assert worker.done.wait(TIMEOUT_S)
    assert len(worker.threads) == 1
    assert worker.threads.isdisjoint({threading.get_ident(), *(one.ident for one in threading.enumerate())})


def test_leaving_does_not_wait_for_the_next_turn():
    """However long the pause is, the context ends at once."""
    with Recorder(iter([None] * 3), interval_s=3_600) as worker:
        while not worker.events:
            pass
    assert worker.events == ["step", "end"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_it_has_to_do_last_is_done_after_a_defect_too():
    """An unexpected error ends the thread, not without cleaning up."""

    class Broken(Recorder):
        def _step(self) -> None:
            raise RuntimeError("defect")

    with Broken(iter([])) as worker:
        worker._thread.join(TIMEOUT_S)
        assert worker.events == ["end"]
