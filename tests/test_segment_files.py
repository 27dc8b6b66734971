"""Files of arrays, columns and stored texts: what is written comes back, and damage is noticed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers import surfaces, tokenize
from index.segments import array_file
from index.segments.array_file import ArrayFile, ArrayFileWriter
from index.segments.columns import ValueColumn, read_days, write_days, write_values
from index.segments.compression import Compressor, Decompressor, trained
from index.segments.damage import SegmentDamaged
from index.segments.stored_text import BLOCK_CHARS, PackedDocument, StoredText, pack_document, repacked, split_blocks


def written(tmp_path: Path, write: Callable[[ArrayFileWriter], None]) -> ArrayFile:
    """Write a file of arrays and open it."""
    (tmp_path / "x.arrays").unlink(missing_ok=True)
    writer = ArrayFileWriter(tmp_path / "x.arrays")
    write(writer)
    writer.close()
    return ArrayFile(tmp_path / "x.arrays")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=5), max_size=30))
def test_value_column_round_trip(tmp_path: Path, values: list[bytes]) -> None:
    """Every document's value comes back; ordinals are in the order of values; no value is the value count."""
    column = ValueColumn(written(tmp_path, lambda file: write_values(file, "c", values)), "c")
    assert [column.of(doc) for doc in range(len(column))] == values
    assert [column.value(ordinal) for ordinal in range(column.value_count)] == sorted(set(values) - {b""})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3_652_059), max_size=30))
def test_day_column_round_trip(tmp_path: Path, days: list[int]) -> None:
    """Every day comes back; no date is 0."""
    read = read_days(written(tmp_path, lambda file: write_days(file, np.array(days, dtype=np.int64))))
    assert read.dtype == np.dtype("<i4")
    assert read.tolist() == days


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["a", "b", "c.d"]), st.lists(st.integers(0, 2**40), max_size=9)))
def test_array_file_round_trip(tmp_path: Path, arrays: dict[str, list[int]]) -> None:
    """Arrays come back as they were, in the narrowest type, and their checksums agree."""

    def write(file: ArrayFileWriter) -> None:
        for name, values in arrays.items():
            file.add(name, np.array(values, dtype=np.uint64))

    file = written(tmp_path, write)
    file.verify()
    assert {name: file.array(name).tolist() for name in file.names()} == arrays
    for name, values in arrays.items():
        if values:
            assert file.array(name).dtype.itemsize == next(size for size in (1, 2, 4, 8) if max(values) < 256**size)


def test_array_file_notices_damage_everywhere(tmp_path: Path) -> None:
    """A file cut short anywhere or with any byte changed is refused, or fails verification."""
    file = written(tmp_path, lambda file: file.add("numbers", np.arange(50, dtype=np.uint64)))
    path = tmp_path / "x.arrays"
    whole = path.read_bytes()

    def check(content: bytes) -> None:
        path.write_bytes(content)
        opened = ArrayFile(tmp_path / "x.arrays")
        opened.verify()

    check(whole)
    assert file.array("numbers").tolist() == list(range(50))
    for length in range(len(whole)):
        with pytest.raises(SegmentDamaged, match=r"cut short|not a file of arrays"):
            check(whole[:length])
    padding = range(24 + 50, len(whole))  # nobody reads the bytes between an array and the next boundary
    for at in set(range(len(whole))) - set(padding[: -50 % 8]):
        changed = bytearray(whole)
        changed[at] ^= 0x55
        with pytest.raises(SegmentDamaged):
            check(bytes(changed))


def test_array_file_of_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file written by another version of the format says so."""
    monkeypatch.setattr(array_file, "FORMAT_VERSION", 99)
    written_by_other = partial(written, tmp_path, lambda file: file.add("a", np.arange(3, dtype=np.uint64)))
    written_by_other()
    monkeypatch.undo()
    with pytest.raises(SegmentDamaged, match="has format 99, this program reads 3"):
        ArrayFile(tmp_path / "x.arrays")


pages = st.lists(
    st.tuples(
        st.sampled_from(["", "…", "ein Wort", "Wort ä " * 3]), st.sampled_from([0, 1, 700, 1_300, BLOCK_CHARS // 2])
    ).map(lambda pair: pair[0] + " ".join(f"w{number}" for number in range(pair[1])) + pair[0]),
    max_size=5,
)


METADATA = {"id": "x", "title": "Über Straßen"}


def stored_as(texts: list[str], dictionary: bytes = b"") -> bytes:
    """Return a document as it is stored."""
    blocks = [split_blocks(text) for text in texts]
    words = [[len(surfaces(block)) for block in page] for page in blocks]
    return pack_document(METADATA, blocks, words, Compressor(dictionary))


def packed(texts: list[str]) -> StoredText:
    """Store and read pages."""
    return PackedDocument(stored_as(texts), Decompressor()).text()


@pytest.fixture(scope="module")
def dictionary() -> bytes:
    """A dictionary trained on sentences that have much in common."""
    made = trained(f"Der Rat beschließt Punkt {number} der Tagesordnung. ".encode() * 200 for number in range(1_000))
    assert made
    return made


@settings(deadline=None)
@given(pages)
def test_stored_documents_keep_their_content_with_another_dictionary(dictionary: bytes, texts: list[str]) -> None:
    """Packing a document anew, as merges do, changes neither metadata nor text, back and forth."""
    plain = stored_as(texts)
    with_dictionary = repacked(plain, Decompressor(), Compressor(dictionary))
    read = PackedDocument(with_dictionary, Decompressor(dictionary))
    assert (read.metadata, read.text().pages()) == (METADATA, texts)
    assert repacked(with_dictionary, Decompressor(dictionary), Compressor()) == plain


def test_too_few_samples_make_no_dictionary() -> None:
    """Small collections do without a dictionary, which would be larger than what it saves."""
    assert trained([]) == trained([b"x" * 100] * 300) == b""


@settings(deadline=None)
@given(pages)
def test_stored_text_round_trip(texts: list[str]) -> None:
    """Pages come back as they were, and any excerpt has its words at their positions on their page."""
    stored = packed(texts)
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
    assert packed([]).pages() == []
    assert packed([]).page_count == 0
    assert packed([""]).pages() == [""]
