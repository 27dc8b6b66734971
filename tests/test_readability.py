"""Whether a text is one at all, and how German it is."""

from __future__ import annotations

import random

import pytest

from analyzers import readability
from searchsvc.sample.catalogue import load_documents
from searchsvc.sample.markup import parse, plain

GERMAN = "Der Rat der Stadt beschließt die Änderung der Straßenreinigungsgebührensatzung."
TEXTS = [" ".join(plain(block.text) for block in parse(document.body)) for document in load_documents()]


def test_german_is_mostly_known() -> None:
    """Most of each document of the sample collection are known words, and hardly anything is nonsense."""
    found = [readability(text) for text in TEXTS]
    assert min(one.known_share for one in found) > 0.6
    assert max(one.nonsense_share for one in found) < 0.05


@pytest.mark.parametrize(
    "text",
    [
        "H9s8§1uqqv$r1&g9 &n p9n K&7",
        "Ghu Udw ghu Vwdgw Euükl kdw lq vhlqhu Vlwcxqj glh Vdwcxqj üehu glh Hukhexqj ehvfkorvvhq.",
        "%HVFKOXVVYRUODJH\x03DQ\x03GHQ 5DW GHU 6WDGW 6DQLHUXQJ *U\x81QZHWWHUVEDFK",
        "rJKUy/<KK~Pm/QgJ QL {JL dQC mJC ;CQmC ~Pm dQKLyJ",
        "molgbhqWd~êíÉåÅ~êê d~êíÉåëíê~≈ÉLiçêÉåòëíê~≈ÉI=h~êäëêìÜÉ",
    ],
)
def test_what_a_wrong_table_makes_of_words_is_unreadable(text: str) -> None:
    """Letters shifted or put for one another are no words of any language."""
    assert not readability(text).is_readable


@pytest.mark.parametrize("seed", range(5))
def test_letters_put_for_one_another_are_unreadable(seed: int) -> None:
    """Most pages in a font that gives each character another one's code are noticed."""
    codes = [chr(code) for code in range(33, 127)]
    others = random.Random(seed).sample(codes, len(codes))
    table = str.maketrans(dict(zip(codes, others, strict=True)))
    found = [readability(text.translate(table)).is_readable for text in TEXTS]
    assert sum(found) < len(found) / 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Lageplan",
        "1.234,56 2.345,67 12 % 4711 0815 17.03.2024 10:15",
        "WA GFZ 1,2 GRZ 0,4 MI FD GH GFHW Whs Wkst Gar Btrg DN300 B25 Flst. 4711/12 L 94b",
        "BauGB BauNVO StVO BGB VwGO GO NRW KAG LBO BImSchG WHG TÖB ÖPNV ICE",
        "DE12 5001 0517 0648 4898 90, HELADEF1822, DE123456789, www.example.org/a_b?c=d&e=f",
        "Residents may register their children for day care at the town hall until the end of March.",
        "Çocuklarınızı kreşe kaydettirmek için belediyeye başvurabilirsiniz. Yardım ücretsizdir.",
        "Жители могут записать своих детей в детский сад до конца марта.",
        "Mieszkańcy mogą zgłaszać swoje dzieci do przedszkola w urzędzie miasta. Pierwszeństwo mają krzyżówki.",
        "Cư dân có thể đăng ký cho con em mình vào nhà trẻ tại tòa thị chính cho đến cuối tháng Ba.",
        "Carpinus betulus, Fraxinus excelsior, Tilia cordata, Quercus robur, Prunus avium",
        "DerGemeinderatbeschließtdieSatzungDieStiftungführtdenNamen",
        "H2O CO2 NOx PM10 KfW55 B2B E10 A5 K5321 U3 3x2m 12kW/h",
    ],
)
def test_real_pages_without_known_words_are_readable(text: str) -> None:
    """Numbers, plans, abbreviations, other languages and words glued together are texts."""
    assert readability(text).is_readable


def test_half_a_text_is_readable() -> None:
    """A page that can be read in part is one."""
    assert readability(GERMAN + " H9s8§1uqqv$r1&g9 p9n").is_readable
