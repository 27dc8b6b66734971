"""Whether a text is one at all, and how German it is."""

from __future__ import annotations

import random
from string import ascii_lowercase

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
        "bgbl1_2013_j0035-1_0010.jpg D:\\Projekte\\B60459_02\\Plan_03b.dwg 3f2a9c1e-77b4-4d21-9a0e-51c2d3e4f5a6",
        "a1b2c3@mail.example.org https://ris.example.org/vo0050.asp?__kvonr=4711&s1x=2b3 VO_2024_0815_A1b",
        "H2O CO2 NOx PM10 KfW55 B2B E10 A5 K5321 U3 3x2m 12kW/h",
    ],
)
def test_real_pages_without_known_words_are_readable(text: str) -> None:
    """Numbers, plans, abbreviations, other languages and words glued together are texts, once or many times."""
    assert readability(text).is_readable
    assert readability(f"{text} " * 50).is_readable


@pytest.mark.parametrize("by", [1, 2, 3, 4, 7, 20])
def test_shifted_letters_are_unreadable(by: int) -> None:
    """Other letters than everywhere are the frequent ones then, though there are vowels among them."""
    letters = ascii_lowercase
    table = str.maketrans(letters, letters[by:] + letters[:by])
    found = [readability(text.lower().translate(table)).is_readable for text in TEXTS]
    assert sum(found) < len(found) / 4


@pytest.mark.parametrize(
    "text",
    [
        "Çocuklarınızı kreşe kaydettirmek için belediyeye başvurabilirsiniz. Yardım ücretsizdir ve herkese açıktır. "
        "Başvurular mart ayının sonuna kadar yazılı olarak kabul edilir; gerekli belgeler arasında nüfus cüzdanı, "
        "ikametgâh belgesi ve çalışma belgesi bulunur. Sorularınız için danışma merkezimize uğrayabilirsiniz.",
        "Cư dân có thể đăng ký cho con em mình vào nhà trẻ tại tòa thị chính cho đến cuối tháng Ba. Trung tâm tư vấn "
        "miễn phí cung cấp thông tin bằng nhiều ngôn ngữ khác nhau, hướng dẫn điền đơn xin trợ cấp nhà ở, giấy phép "
        "cư trú và những thủ tục hành chính thường gặp khi chuyển đến thành phố.",
        "Mieszkańcy mogą zgłaszać swoje dzieci do przedszkola w urzędzie miasta. Pierwszeństwo mają rodziny "
        "wielodzietne. Wnioski przyjmowane są pisemnie do końca marca, a bezpłatne poradnictwo odbywa się w każdy "
        "czwartek po południu.",
        "A lakosok március végéig jelentkezhetnek gyermekeikkel az óvodába a városházán. Az ingyenes tanácsadás minden "
        "csütörtökön délután vehető igénybe, a szükséges nyomtatványok több nyelven is rendelkezésre állnak.",
        "Residents may register their children for day care at the town hall until the end of March. Applications are "
        "accepted in writing; free advice is given every Thursday afternoon, and forms come in many languages.",
    ],
)
def test_pages_in_other_languages_are_readable(text: str) -> None:
    """Leaflets for those who do not read German have the letters of all languages."""
    found = readability(text)
    assert found.is_readable
    assert found.common_letters > 0.45 * found.letters > 40


def test_half_a_text_is_readable() -> None:
    """A page that can be read in part is one."""
    assert readability(GERMAN + " H9s8§1uqqv$r1&g9 p9n").is_readable
