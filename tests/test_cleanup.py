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


@pytest.mark.parametrize(
    ("extracted", "cleaned"),
    [
        ("Bru¨hl, Br¨uhl, Gescha ̈ftsordnung", "Brühl, Brühl, Geschäftsordnung"),
        ("M ¨uller, f ¨ur alle, fu ¨r alle, die ¨Ubung", "Müller, für alle, für alle, die Übung"),
        ("Geb¨aude Geba¨ude", "Gebäude Gebäude"),
        ("Stellpla\n\u0308\ntze gu\n\u0308\nnstig", "Stellplätze günstig"),
        ("Erg änzung der Gesch äftsordnung f ür die Gro ße", "Ergänzung der Geschäftsordnung für die Große"),
        ("Gesch äftsf ührung, ERG ÄNZUNG, da ß, Stra ß en", "Geschäftsführung, ERGÄNZUNG, daß, Straßen"),
        ("zu fi nden, Grünfl ächen, Verpfl ichtung, häufi g", "zu finden, Grünflächen, Verpflichtung, häufig"),
    ],
)
def test_torn_umlauts_and_ligatures_are_mended(extracted: str, cleaned: str) -> None:
    """Dots go on their letter, and pieces that are no words become the word they were."""
    assert clean_text(extracted) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "der ältere, in Übach, die Änderung überall",
        "Fledermauskästen über der Straße, den Aspekten ökologischer Art",
        "Aufstellungsbeschluß gemäß § 2, Fuß e. V.",
        "im Übrigen groß e2, Wi-Fi nutzen, Schiff fahren",
        "A 10° ¨ und ein ¨ für sich",
    ],
)
def test_whole_words_beside_umlauts_stay_apart(text: str) -> None:
    """Two words stay two, whether or not what they make together could be one."""
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("extracted", "cleaned"),
    [
        ("B e s c h l u s s :", "Beschluss:"),
        ("N I E D E R S C H R I F T  über die 3. Sitzung", "NIEDERSCHRIFT  über die 3. Sitzung"),
        ("folgende \nS a t z u n g \nerlassen", "folgende \nSatzung \nerlassen"),
        ("D e r  R a t  b e s c h l i e ß t , dass", "Der Rat beschließt, dass"),
        ("D e r R a t d e r S t a d t b e s c h l i e ß t", "Der Rat der Stadt beschließt"),
        ("S T A D T   Q U I X H E I M   F Ü R   M Ä R K T E", "STADT QUIXHEIM FÜR MÄRKTE"),
    ],
)
def test_spaced_letters_become_words(extracted: str, cleaned: str) -> None:
    """Letters spaced out for emphasis are the words they spell; wider gaps are those between words."""
    assert clean_text(extracted) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "a) b) c) und S 2 1",
        "A B C D E F G H",
        "M D M D F S S",
        "D E/F E/F C B A x x x",
        "G e s a m tc a .2",
        "S t r a ß e Z w i r p l x",
        "T O P 3, J A",
        "r p s m",
    ],
)
def test_single_letters_that_spell_nothing_stay(text: str) -> None:
    """Lists, rows of tables and texts that are spaced in some other way are not glued together."""
    assert clean_text(text) == text


@pytest.mark.parametrize(
    ("extracted", "cleaned"),
    [
        ("Sta\ue000elmiete nach Zi\ue000er 3", "Staffelmiete nach Ziffer 3"),
        (
            "AkƟonen, ZielperspekƟven, NachbarschaŌ, ZukunŌsbild",
            "Aktionen, Zielperspektiven, Nachbarschaft, Zukunftsbild",
        ),
        ("Platz\ufffdläche, P\ufffdlegeheim, Möglich\ufffdeit", "Platzfläche, Pflegeheim, Möglichkeit"),
        (
            "\uf043\uf061\uf072\uf070\uf069\uf06e\uf075\uf073\uf020\uf062\uf065\uf074\uf075\uf06c\uf075\uf073",
            "Carpinus betulus",
        ),
        ("\uf001nden, \uf731\uf732 \uf766\uf7fc\uf772", "finden, 12 für"),
    ],
)
def test_characters_that_stand_for_letters_become_letters(extracted: str, cleaned: str) -> None:
    """Ligatures without meaning, or with a wrong one, are told by the words they make known."""
    assert clean_text(extracted) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "\uf0b7Die \uf0b7ein Ausschuss\uf0b7 \uf06e\uf06e\uf06e\uf06e",  # signs of lists
        "Stellungnah\ufffde",  # Stellungnahme, Stellungnahte
        "Crețu, Wrocław, Mediaş",
        "Xy\ue123ab und Zw\ue123k",
    ],
)
def test_other_characters_stay(text: str) -> None:
    """Signs of lists, letters of names, and what is not clear stay as they are."""
    assert clean_text(text) == text


def test_of_several_letters_the_usual_one_is_meant() -> None:
    """A word that may be two is what the other words of the text say, if they agree."""
    others = "Platz\ufffdläche P\ufffdlegeheim Feld\ufffdlur Pro\ufffdilierung "
    assert clean_text("Frei\ufffdläche") == "Frei\ufffdläche"
    assert clean_text(others + "Frei\ufffdläche") == "Platzfläche Pflegeheim Feldflur Profilierung Freifläche"
    assert clean_text("Möglich\ufffdeit Versamm\ufffdung Beschl\ufffdsses Stellungnah\ufffde").endswith("\ufffde")


def test_what_a_character_stands_for_is_told_by_all_pages() -> None:
    """A page with one ambiguous word alone takes the meaning from the others."""
    pages = ["Zi\ue000er 1", "Sta\ue000elmiete, Sto\ue000, Gri\ue000e"]
    assert clean_pages(pages) == ("Ziffer 1", "Staffelmiete, Stoff, Griffe")
    assert clean_pages(pages[:1]) == ("Zi\ue000er 1",)
