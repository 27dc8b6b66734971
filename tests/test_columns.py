"""Columns and stored texts: what is written comes back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from whoosh.filedb.filestore import RamStorage
from whoosh.reading import CorruptIndexError

from analyzers import tokenize
from index.columns import DayColumn, OrdinalColumn
from index.stored_text import BLOCK_WORDS, StoredText, pack_text


@given(st.lists(st.none() | st.binary(min_size=1, max_size=5), max_size=30), st.integers(0, 3))
def test_ordinal_column_round_trip(values: list[bytes | None], missing_at_end: int) -> None:
    """Every document's value comes back; ordinals are in the order of values; none is the value count."""
    storage = RamStorage()
    doc_count = len(values) + missing_at_end
    with storage.create_file("c") as file:
        file.write(b"before")
        writer = OrdinalColumn().writer(file)
        for doc, value in enumerate(values):
            if value is not None:
                writer.add(doc, value)
        writer.finish(doc_count)
        length = file.tell() - 6
    reader = OrdinalColumn().reader(storage.open_file("c"), 6, length, doc_count)
    assert list(reader) == [value or b"" for value in values] + [b""] * missing_at_end
    assert reader.values() == sorted({value for value in values if value})
    assert all(reader.find(value) == ordinal for ordinal, value in enumerate(reader.values()))
    assert reader.find(b"nobody has this") is None
    assert reader.load() == list(reader)
    assert len(reader) == doc_count


def test_ordinal_column_notices_another_segments_file() -> None:
    """A column whose number of documents is not the segment's is damage."""
    storage = RamStorage()
    with storage.create_file("c") as file:
        OrdinalColumn().writer(file).finish(3)
        length = file.tell()
    with pytest.raises(CorruptIndexError, match="3 documents where its segment has 4"):
        OrdinalColumn().reader(storage.open_file("c"), 0, length, 4)


@given(st.lists(st.none() | st.integers(1, 3_652_059), max_size=30))
def test_day_column_round_trip(days: list[int | None]) -> None:
    """Every day comes back; no date is 0."""
    storage = RamStorage()
    with storage.create_file("c") as file:
        writer = DayColumn().writer(file)
        for doc, day in enumerate(days):
            if day is not None:
                writer.add(doc, day)
        writer.finish(len(days))
        length = file.tell()
    reader = DayColumn().reader(storage.open_file("c"), 0, length, len(days))
    assert reader.days.dtype == np.dtype("<i4")
    assert list(reader) == [day or 0 for day in days]


pages = st.lists(
    st.tuples(
        st.sampled_from(["", "…", "ein Wort", "Wort ä " * 3]), st.sampled_from([0, 1, 700, BLOCK_WORDS, 2_500])
    ).map(lambda pair: pair[0] + " ".join(f"w{number}" for number in range(pair[1])) + pair[0]),
    max_size=5,
)


@given(pages)
def test_stored_text_round_trip(texts: list[str]) -> None:
    """Pages come back as they were, and any excerpt has its words at their positions on their page."""
    counts = [len(list(tokenize(text))) for text in texts]
    stored = StoredText(pack_text(texts, counts))
    assert stored.pages() == texts
    words = [(page, token.surface) for page, text in enumerate(texts, start=1) for token in tokenize(text)]
    for position in range(0, len(words), 331):
        page, surface = words[position]
        assert stored.page_at(position) == page
        last = min(position + 20, stored.page_end(page) - 1)
        excerpt, first = stored.excerpt(position, last)
        surfaces = [token.surface for token in tokenize(excerpt)]
        assert surfaces[position - first] == surface
        assert surfaces[last - first] == words[last][1]


def test_stored_text_of_a_document_without_text() -> None:
    """A document without pages has none."""
    assert StoredText({}).pages() == []
    assert StoredText(pack_text([], [])).page_count == 0
