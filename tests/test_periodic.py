"""Work that is done again and again in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from searchsvc.errors import StoreUnavailable
from searchsvc.periodic import PeriodicThread, Troubles

TIMEOUT_S = 20.0


class Recorder(PeriodicThread):
    """Notes what happens; its steps raise what ``problems`` yields, and ``done`` is set when there are no more."""

    def __init__(
        self, problems: Iterator[str | None], interval_s: float = 0.0, troubles: Troubles | None = None
    ) -> None:
        super().__init__("recorder", interval_s, troubles)
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


def test_a_defect_ends_nothing():
    """Whatever a step raises is told, the next steps are done all the same, and then nothing is told any more."""
    told: list[dict[str, str]] = []
    troubles = Troubles()

    class Broken(Recorder):
        def _step(self) -> None:
            told.append(troubles.current())
            if len(told) in (2, 3):
                raise IndexError("defect")
            super()._step()

    with Broken(iter([None, "full", None]), troubles=troubles) as worker:
        assert worker.done.wait(TIMEOUT_S)
    defect = {"recorder": "IndexError: defect"}
    assert told == [{}, {}, defect, defect, {"recorder": "full"}, {}]
    assert worker.events == ["step", "lost: full", "step", "found", "end"]


def test_pauses_grow_with_defects():
    """What fails again and again is tried less and less often, but within a minute."""
    worker = PeriodicThread("x", 1.0)
    pauses = []
    for worker._defects in (0, 1, 2, 20):
        pauses.append(worker._pause_s())
    assert pauses == [1.0, 2.0, 4.0, 60.0]
