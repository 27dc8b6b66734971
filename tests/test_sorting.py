"""Sorting parallel arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.segments.sorting import sorted_rows, stable_order


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**40), st.integers(0, 1))), st.sampled_from([1, 2**21]))
def test_rows_are_sorted_by_all_columns(rows: list[tuple[int, int, int]], factor: int) -> None:
    """Rows come in the order of tuples, and columns keep their types, whether rows fit into one integer or not."""
    columns = [np.array([row[at] for row in rows], dtype=np.uint64) for at in range(3)]
    columns[1] *= np.uint64(factor)
    result = sorted_rows(*columns, kind="stable")
    expected = sorted((a, b * factor, c) for a, b, c in rows)
    assert list(zip(*(column.tolist() for column in result), strict=True)) == expected
    assert [column.dtype for column in result] == [np.dtype(np.uint64)] * 3


@given(st.lists(st.integers(0, 5) | st.integers(0, 2**31 - 1)))
def test_equal_numbers_keep_their_order(numbers: list[int]) -> None:
    """The order is that of Python's sort, which is stable."""
    assert stable_order(np.array(numbers, dtype=np.int32)).tolist() == sorted(
        range(len(numbers)), key=numbers.__getitem__
    )
