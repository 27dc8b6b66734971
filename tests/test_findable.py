"""Every word of a document finds it: index side and query side agree on any text."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers import GermanAnalysis, clean_text, surfaces
from index.contract import SearchRequest
from tests.fixtures_index import TestIndex, document

ANALYSIS = GermanAnalysis()

german = st.sampled_from(
    [
        *(
            "Integrationszentrum",
            "Rhein-Erft-Kreis",
            "Bürger:innen",
            "Straßenbau und -unterhaltung",
            "§ 34",
            "2013/0456",
        ),
        *(
            "05.11.13",
            "B-Plan",
            "Fördererlass1",
            "ErftKreis",
            "Ratssitzung",
            "Zentren",
            "e.V.",
            "Kaiserstr.",
            "12 – 21",
        ),
    ]
)
texts = st.lists(st.one_of(german, st.text(max_size=12)), min_size=1, max_size=8).map(" ".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
def test_every_word_of_a_document_finds_it(text: str) -> None:
    """Whatever a text is made of, each of its words, as it stands there, finds the document, also exactly."""
    folder = Path(tempfile.mkdtemp())
    index = TestIndex(folder, ANALYSIS)
    try:
        index.put(document("d", text, title="x"))
        for surface in dict.fromkeys(surfaces(clean_text(text))):
            for exact in (False, True):
                result = index.engine.search(SearchRequest(q=f'"{surface}"', exact=exact))
                assert [hit.id for hit in result.hits] == ["d"], (surface, exact)
                assert not result.relaxed
    finally:
        index.close()
        shutil.rmtree(folder)
