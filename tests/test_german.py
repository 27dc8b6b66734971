"""The German chains: golden table, both sides agree, total on any text, fingerprint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers import STEMMERS, GermanAnalysis, clean_text, fold_word

GOLDEN = Path(__file__).parent / "golden" / "german_terms.tsv"
ROWS = [line.split("\t") for line in GOLDEN.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("surface", "word", "stem", "parts", "_guards"), ROWS, ids=[row[0] for row in ROWS])
def test_golden_terms(analysis: GermanAnalysis, surface: str, word: str, stem: str, parts: str, _guards: str) -> None:
    """Each surface form gives the word, the stem and the parts of the golden table."""
    assert analysis.form(surface) == (word, stem, tuple(parts.split()))


@pytest.mark.parametrize("switched_off", [{"stemmer": "none"}, {"base_forms": False}, {"compounds": False}])
def test_golden_table_fails_without_each_filter(switched_off: dict[str, Any]) -> None:
    """The golden table notices when any of the filters is switched off."""
    reduced = GermanAnalysis(**switched_off)
    assert any(reduced.form(row[0]) != (row[1], row[2], tuple(row[3].split())) for row in ROWS)


@pytest.mark.parametrize("stemmer", [name for name in STEMMERS if name != "none"])
def test_every_stemmer_joins_inflected_forms(stemmer: str) -> None:
    """Each stemmer joins the plurals and cases that council texts are full of, in any spelling of umlauts."""
    analysis = GermanAnalysis(stemmer=stemmer)
    for forms in (["Beschluss", "Beschlüsse", "Beschluesse", "Beschlüssen"], ["Haus", "Häuser", "Haeuser"]):
        assert len({analysis.form(form)[1] for form in forms}) == 1, forms


@pytest.mark.parametrize(
    "forms",
    [
        "Flüchtlingsunterkunft Flüchtlingsunterkünfte Fluechtlingsunterkuenften",
        "Flächennutzungsplan Flächennutzungsplanes Flächennutzungspläne",
        "Kindertageseinrichtung Kindertageseinrichtungen",
        "Klimaschutzmanager Klimaschutzmanagerin Klimaschutzmanagerinnen",
        "Dezernent Dezernentin Dezernentinnen",
        "Komplementär Komplementärin",
        "Karte Karten",
        "Analyse Analysen",
        "Klinik Kliniken",
        "Museum Museen",
        "Schloß Schlösser Schlössern",
        "Glas Gläser",
    ],
)
def test_nouns_keep_their_stem_in_all_forms(analysis: GermanAnalysis, forms: str) -> None:
    """A compound inflects as its last part does, a woman's title is the man's, and a form is of the likelier noun."""
    assert len({analysis.form(form).stem for form in forms.split()}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        "Photovoltaik Fotovoltaik",
        "Photovoltaikanlagen Fotovoltaikanlage",
        "Demographie Demografie",
        "demographischen demografischer",
        "Potential Potenzial",
        "Flächenpotentiale Flächenpotenzials",
        "substantiell substanziell",
        "selbständig selbstständige",
        "aufwändig aufwendige",
        "Justitiar Justiziarin",
        "Jugendclub Jugendklub",
    ],
)
def test_correct_spellings_of_one_word_are_one(analysis: GermanAnalysis, spellings: str) -> None:
    """What was spelt otherwise before a reform, or may be spelt in two ways, has one stem; its words stay apart."""
    forms = [analysis.form(spelling) for spelling in spellings.split()]
    assert len({form.stem for form in forms}) == 1
    assert len({form.word for form in forms}) == len(forms)


def test_spellings_reach_parts_of_compounds(analysis: GermanAnalysis) -> None:
    """A document about Photovoltaikanlagen is found by Fotovoltaik."""
    assert analysis.form("Fotovoltaik").stem in analysis.form("Photovoltaikanlagen").parts


@pytest.mark.parametrize(
    ("one", "other"), [("Graph", "Graf"), ("Aufwand", "aufwändig"), ("Konstantin", "konstant"), ("Karten", "Karton")]
)
def test_other_words_stay_apart(analysis: GermanAnalysis, one: str, other: str) -> None:
    """Words that only look like another's spelling or a woman's title keep their own stem."""
    assert analysis.form(one).stem != analysis.form(other).stem


@pytest.mark.parametrize(
    ("typed", "noun"),
    [
        ("genehmigt", "Genehmigung"),
        ("gefördert", "Förderung"),
        ("geplante", "Planung"),
        ("gestaltet", "Gestaltung"),
        ("abgelehnt", "Ablehnung"),
        ("eingerichtete", "Einrichtung"),
    ],
)
def test_participles_look_for_their_nouns(analysis: GermanAnalysis, typed: str, noun: str) -> None:
    """Who asks what was "genehmigt" means the Genehmigung, too."""
    assert analysis.form(noun).stem in analysis.derived_stems(typed)


@pytest.mark.parametrize(
    ("typed", "verb"), [("Planung", "geplant"), ("Ablehnung", "abgelehnt"), ("Umgestaltung", "umgestaltet")]
)
def test_nouns_look_for_their_participles(analysis: GermanAnalysis, typed: str, verb: str) -> None:
    """Who looks for an Ablehnung means what was "abgelehnt", too."""
    assert analysis.form(verb).stem in analysis.derived_stems(typed)


def test_unknown_stemmer_is_refused() -> None:
    """A misspelt stemmer is an error and never means no stemming."""
    with pytest.raises(ValueError, match="unknown stemmer 'snowbal'"):
        GermanAnalysis(stemmer="snowbal")


def test_fingerprint_tells_stemmers_apart_and_is_stable() -> None:
    """The fingerprint is the same for the same chain and differs between stemmers, also of one library."""
    fingerprints = {name: GermanAnalysis(stemmer=name).fingerprint for name in STEMMERS}
    assert len(set(fingerprints.values())) == len(STEMMERS)
    assert GermanAnalysis().fingerprint == GermanAnalysis().fingerprint


def test_fingerprint_ignores_stop_words() -> None:
    """Stop words act on queries only, so that editing them needs no new index."""
    assert GermanAnalysis(stop_words=frozenset()).fingerprint == GermanAnalysis().fingerprint


def test_words_written_together_form_a_group(analysis: GermanAnalysis) -> None:
    """Parts of a hyphenated name or a reference share a group, words with a blank between them do not."""
    words = analysis.query_words("Rhein-Erft-Kreis Vorlage 2013/0456")
    assert [word.group for word in words] == [words[0].group] * 3 + [words[3].group] + [words[4].group] * 2
    assert len({word.group for word in words}) == 3


@pytest.mark.parametrize(
    ("typed", "is_stop"), [("der", True), ("IT", False), ("Weg", False), ("OB", False), ("ob", True)]
)
def test_stop_words_leave_council_language_alone(analysis: GermanAnalysis, typed: str, is_stop: bool) -> None:
    """Function words are recognised; abbreviations in capitals and nouns that look like them are not."""
    assert analysis.query_words(typed)[0].is_stop is is_stop


@given(st.text())
def test_analysis_is_total_and_sides_agree(text: str) -> None:
    """Any text is analysed, and index side and query side make the same terms of it."""
    analysis = _ANALYSIS
    words, stems = analysis.index_terms(clean_text(text))
    query = analysis.query_words(text)
    assert [word.word for word in query] == words
    assert [word.stem for word in query] == stems
    assert all(words)
    assert all(stems)


@given(st.text(alphabet=st.characters(categories=["L", "M", "N"]), min_size=1))
def test_folding_is_idempotent(word: str) -> None:
    """Folding what is folded changes nothing."""
    assert fold_word(fold_word(word)) == fold_word(word)


def test_explain_shows_every_step(analysis: GermanAnalysis) -> None:
    """Explaining a text names the steps and shows what each one made of it."""
    steps = {step.name: step.output for step in analysis.explain("Wo steht Vorlage 2013/0456?")}
    assert steps["tokens"] == ("Wo", "steht", "Vorlage", "2013", "0456")
    assert steps["stop words"] == ("Wo",)
    assert steps["must stand together"] == ("2013+0456",)


_ANALYSIS = GermanAnalysis()
