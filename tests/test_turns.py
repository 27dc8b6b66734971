"""Searches that take turns."""

from __future__ import annotations

import threading
import time

import pytest

from index.search.turns import Turns


def test_one_at_a_time() -> None:
    """Of many threads, never two have a turn at the same moment."""
    turns = Turns(patience_s=60)
    running, most = 0, 0

    def work() -> None:
        nonlocal running, most
        for _ in range(20):
            with turns.turn():
                running += 1
                most = max(most, running)
                time.sleep(0.0005)
                running -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (running, most) == (0, 1)


def test_a_long_search_keeps_nobody_waiting_for_long() -> None:
    """Who has waited goes on beside the search that takes long, and takes nobody's turn with it."""
    turns = Turns(patience_s=0.05)
    went_on = threading.Event()

    def wait() -> None:
        with turns.turn():
            went_on.set()

    with turns.turn():
        impatient = threading.Thread(target=wait)
        impatient.start()
        assert went_on.wait(10)
        impatient.join()
        went_on.clear()
        other = threading.Thread(target=wait)
        other.start()
        time.sleep(0.01)
        assert not went_on.is_set()  # the turn is still ours
        other.join()
    with turns.turn():
        pass


def test_an_error_ends_the_turn() -> None:
    """A search that fails leaves the way free."""
    turns = Turns(patience_s=60)
    with pytest.raises(ZeroDivisionError), turns.turn():
        _ = 1 / 0
    done = threading.Event()

    def work() -> None:
        with turns.turn():
            done.set()

    threading.Thread(target=work, daemon=True).start()
    assert done.wait(10)
