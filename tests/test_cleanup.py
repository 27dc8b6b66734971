"""Clean-up of extracted text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import clean_pages, clean_text


@pytest.mark.parametrize(
    ("extracted", "cleaned"),
    [
        ("Integrations-\nzentrum", "Integrationszentrum"),
        ("Integrations- \n  zentrum", "Integrationszentrum"),
        ("Integrations-\nund Bildungsarbeit", "Integrations-\nund Bildungsarbeit"),
        ("Schul-\noder Kitaweg", "Schul-\noder Kitaweg"),
        ("Rhein-\nErft-Kreis", "Rhein-Erft-Kreis"),
        ("Drucksache 17-\n4", "Drucksache 17-4"),
        ("Inte\u00adgration", "Integration"),
        ("Inte\u00ad\ngration", "Integration"),
        ("Inte\ufffe\ngration", "Integration"),
        ("O\ufb03zier", "Offizier"),
        ("Bru\u0308hl", "Brühl"),
        ("10\u00a0Uhr", "10 Uhr"),
        ("a - b", "a - b"),
        ("Punkt -\nund", "Punkt -\nund"),
    ],
)
def test_clean_text(extracted: str, cleaned: str) -> None:
    """Each artefact of extraction is mended, and what only looks like one is left alone."""
    assert clean_text(extracted) == cleaned


@given(st.text(alphabet=st.sampled_from("aZ1-\n \u00ad\ufffe¬uände\r")))
def test_clean_text_is_idempotent(text: str) -> None:
    """Cleaning what is clean changes nothing."""
    assert clean_text(clean_text(text)) == clean_text(text)


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_can_be_encoded(text: str) -> None:
    """No text, however damaged, stops the index from storing it."""
    clean_text(text).encode("utf-8")
    assert "\ud800" not in clean_text(text + "\ud800")


def test_clean_pages_keeps_their_number() -> None:
    """Every page stays, also an empty one, because snippets name page numbers."""
    assert clean_pages(["a", "", "b-\nc"]) == ("a", "", "bc")
