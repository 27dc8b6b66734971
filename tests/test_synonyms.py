"""Synonyms: the list's format, its effect on searches, and changes while the service runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from analyzers import GermanAnalysis, SynonymsError, built_in_synonyms, check_synonyms
from index.contract import SearchRequest
from searchsvc.indexing.synonym_file import CHECKED_EVERY_S, SynonymFile
from tests.fixtures_index import TestIndex, document

CONFIG = Path(__file__).parent.parent / "config" / "synonyms.txt"


def test_the_shown_list_is_the_built_in_one() -> None:
    """Whoever edits config/synonyms.txt starts from what is in force."""
    assert CONFIG.read_text(encoding="utf-8").splitlines() == built_in_synonyms()
    check_synonyms(built_in_synonyms())


def test_groups_work_both_ways_and_arrows_one_way() -> None:
    """Members of a group stand for each other in any inflection; after an arrow only what is on its right."""
    lines = ["B-Plan, Bebauungsplan # Plan", "", "OB => Oberbürgermeister", "Blitzer ~> Messung, OB"]
    analysis = GermanAnalysis(synonyms=lines)
    same, related = analysis.synonyms
    assert same[analysis.stems("Bebauungspläne")] == ("B-Plan",)
    assert same[analysis.stems("B-Pläne")] == ("Bebauungsplan",)
    assert same[("ob",)] == ("Oberbürgermeister",)
    assert analysis.stems("Oberbürgermeister") not in same
    assert related == {analysis.stems("Blitzer"): ("Messung", "OB")}


@pytest.mark.parametrize("line", ["Kita", "A =>", "=> B", "!!, ??"])
def test_lines_that_make_no_sense_are_named(line: str) -> None:
    """A wrong line is an error with its number, never silently without effect."""
    with pytest.raises(SynonymsError, match="line 2") as raised:
        GermanAnalysis(synonyms=["# comment", line])
    assert raised.value.line_number == 2


def test_synonyms_find_documents_after_those_with_the_word(make_index: Callable[..., TestIndex]) -> None:
    """A synonym finds what the word does not, and ranks below it; exact searching has none."""
    engine = make_index(
        document("a", "Der Gehweg wird erneuert."), document("b", "Der Bürgersteig wird erneuert.")
    ).engine
    assert [hit.id for hit in engine.search(SearchRequest(q="Bürgersteig")).hits] == ["b", "a"]
    assert [hit.id for hit in engine.search(SearchRequest(q="Bürgersteig", exact=True)).hits] == ["b"]


def test_a_changed_file_takes_effect_and_a_broken_one_does_not(tmp_path: Path) -> None:
    """The file is read again when it changed; a version that makes no sense leaves the last good one in force."""
    path = tmp_path / "synonyms.txt"
    path.write_text("Kita, Krippe\n", encoding="utf-8")
    file = SynonymFile(path)
    clock = _Clock(file)
    analysis = GermanAnalysis(synonyms=file.read(), changed_synonyms=file.changed)
    version = analysis.query_version
    for text, expected in (("Kita, Hort\n", ("Hort",)), ("Kita\n", ("Hort",)), ("Kita, Schule\n", ("Schule",))):
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(clock.ticks, clock.ticks))
        clock.pass_time()
        analysis.refresh()
        assert analysis.synonyms.same[("kita",)] == expected
    assert analysis.query_version != version


class _Clock:
    """Lets a synonym file believe that time has passed."""

    def __init__(self, file: SynonymFile) -> None:
        self._file = file
        self.ticks = 1_000_000_000

    def pass_time(self) -> None:
        self.ticks += 1_000_000_000
        self._file._checked_at -= 2 * CHECKED_EVERY_S
