"""Fields made of the words of other fields: every surface form yields its terms once, merges keep them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers import GermanAnalysis
from index import Document, bulk_building, segment_builder, surface_forms
from index.bulk_building import build
from index.columnar_codec import open_segment
from index.storage import MappedStorage
from index.surface_forms import DerivedField

PARTS = {
    "Hundesteuersatzung": ("hund", "steuer", "satzung"),
    "Steuersatzung": ("steuer", "satzung"),
    "steuersatzung": ("steuer",),
    "Steuersteuer": ("steuer", "steuer"),
}


class PartsAnalysis(GermanAnalysis):
    """Analysis that takes some words apart."""

    def form(self, surface: str) -> tuple[str, str, tuple[str, ...]]:  # type: ignore[override]
        return *super().form(surface)[:2], PARTS.get(surface, ())  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def parts_field(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let title and text have a field of parts, and chunks be small."""
    for module in (surface_forms, segment_builder):
        monkeypatch.setattr(module, "DERIVED_FIELDS", (DerivedField("parts", ("title", "text")),))
    monkeypatch.setattr(bulk_building, "CHUNK_CHARS", 40)


words = st.lists(st.sampled_from([*PARTS, "Rat", "und"]), max_size=6).map(" ".join)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=8))
def test_derived_terms_are_those_of_the_words(tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    """Documents, frequencies and lengths are those counted by hand, after merging too, and there are no positions."""
    documents = [Document(id=f"d{number}", title=title, pages=(text,)) for number, (title, text) in enumerate(texts)]
    (segment,) = build(tmp_path, documents, PartsAnalysis(), 1, consolidate=True)
    field = open_segment(MappedStorage(str(tmp_path)), segment).fields["parts"]
    expected = [
        Counter(part for word in f"{title} {text}".split() for part in PARTS.get(word, ())) for title, text in texts
    ]
    assert field.has_frequencies
    assert not field.has_positions
    assert field.lengths.tolist() == [counts.total() for counts in expected]
    found = [Counter[str]() for _ in texts]
    for place in range(field.term_count):
        for doc, frequency in zip(field.docs(place).tolist(), field.frequencies(place).tolist(), strict=True):
            found[doc][field.term(place).decode()] = frequency
    assert found == expected
