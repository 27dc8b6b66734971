"""Whatever stands in a document or is typed, analysis, index and search take it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzers import GermanAnalysis, clean_pages, clean_text, joined
from analyzers.spanning import spanning_terms
from index.contract import Kommune, Paper, SearchRequest
from index.query.days import parse_days
from searchsvc.documents.text import clean_line
from tests.fixtures_index import TestIndex, document

MONTHS = [
    "Januar",
    "Jan",
    "Februar",
    "März",
    "Mär",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Sept",
    "Oktober",
    "November",
    "Dezember",
]

# Equal to an ASCII letter ignoring case (long s, dotless and dotted i, the signs of Kelvin and Ångström), ligatures,
# digits of other scripts, raised ones, fractions and numbers in circles, what is beyond 16 bits, marks, half a pair.
ODD = "ſıİK\u212a\u212bﬁﬅ٣５²½①Ⅷ\U0001d11e\U0001d400\u0308\u00ad\ud800ßẞ"
ALPHABET = ODD + "aiksAIKS019 .-–/:§*~\"()'\n"

PIECES = st.one_of(
    st.text(ALPHABET, max_size=12),
    st.text(max_size=8),
    st.sampled_from(
        ["1" * 5_000, "5" * 200 + "-", "-" + "7" * 5_000, "§ ", "§§ 34, 35 ", "12 – ", "/0456", "kommune:"]
    ),
    st.sampled_from(["datum:", "nr:", "2013", "..", "A 5", "Kolleg*innen", "Rad- und Fußweg", "1.000.000", "e. V."]),
    st.builds("{}. {} {}".format, st.integers(0, 99), st.sampled_from(MONTHS), st.integers(0, 9_999)),
)


def case_mangled(text: str) -> str:
    """Return a text with letters replaced by others that are equal ignoring case."""
    return text.translate(str.maketrans({"s": "ſ", "i": "ı", "k": "K", "J": "j", "ä": "Ä"}))


TEXTS = st.lists(PIECES | PIECES.map(case_mangled), max_size=6).map("".join)


@pytest.mark.parametrize("month", MONTHS)
def test_months_in_any_letters_are_dates(month: str) -> None:
    """A month in letters that are equal ignoring case is that month."""
    (expected,) = spanning_terms(f"am 5. {month} 2013")
    for written in (month.upper(), month.lower(), case_mangled(month)):
        assert spanning_terms(joined(f"5. {written} 2013")) == [expected]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("5. Auguſt 2013", ["2013-08-05"]),
        ("12-" + "1" * 4_400, []),
        ("12 – " + "1" * 4_400, []),
        ("1" * 4_400 + "-12", []),
    ],
)
def test_terms_of_odd_texts(text: str, terms: list[str]) -> None:
    """Letters that are equal ignoring case make a date; a number that nobody would look for makes no range."""
    assert spanning_terms(text) == terms


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_analysis_is_total(analysis: GermanAnalysis, text: str) -> None:
    """Any text is analysed, as a page and as a query."""
    cleaned = clean_text(text)
    analysis.index_terms(cleaned)
    analysis.spanning_stems(cleaned)
    clean_pages([text, text, text])
    for word in analysis.query_words(joined(text)):
        analysis.derived_stems(word.surface)
        analysis.halves(word.surface)
        analysis.linked_otherwise(word.surface)
    parse_days(text)
    analysis.explain(text)


@given(st.lists(TEXTS, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_documents_and_queries_of_any_text(council: TestIndex, texts: list[str]) -> None:
    """Documents with any text are indexed, and any text can be searched for, completed and marked."""
    first, *_, last = lines = [clean_line(text) for text in (*texts, "")]
    council.put(
        document(
            "odd",
            pages=tuple(texts),
            title=first,
            kommune=Kommune(first or "k", last),
            paper=Paper("p", last, first, last),
            keywords=tuple(lines),
        )
    )
    for text in texts:
        for q in (text[:1_000], f"kommune:({text[:900]})", f"datum:{text[:900]}", f"nr:{text[:900]}"):
            council.engine.search(SearchRequest(q=q, kommune=(text,), explain=True))
            council.engine.search(SearchRequest(q=q, exact=True))
            council.engine.suggest(q)
            council.engine.highlight(texts, q)
    council.engine.similar("odd")
