"""Synonyms: the list's format, its effect on searches, and changes while the service runs."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from analyzers import GermanAnalysis, SynonymsError, built_in_synonyms, check_synonyms
from index.contract import SearchRequest
from searchsvc.errors import InvalidSettings
from searchsvc.indexing.engines import open_analysis, word_list_troubles
from searchsvc.indexing.synonym_file import CHECKED_EVERY_S, SynonymFile
from searchsvc.settings import Settings
from searchsvc.store import Store
from tests.fixtures_index import TestIndex, document
from tests.gunicorn_server import running_gunicorn
from tests.test_draining import children_of, main_process

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


def test_processes_start_with_the_last_good_list(service_settings: Settings, tmp_path: Path) -> None:
    """A list that becomes unreadable, or makes no sense, is no reason not to start; that it is, is told."""
    synonyms, stop_words = tmp_path / "synonyms.txt", tmp_path / "stopwords.txt"
    synonyms.write_text("Kita, Krippe\n", encoding="utf-8")
    stop_words.write_text("wo\n", encoding="utf-8")
    service_settings.data_dir.mkdir()
    settings = service_settings.model_copy(update={"synonyms": synonyms, "stop_words": stop_words})
    good = open_analysis(settings)
    assert word_list_troubles(settings) == {}
    for spoil in (lambda path: path.write_bytes(b"\xff\xfe"), lambda path: path.unlink(), lambda path: path.mkdir()):
        spoil(synonyms)
        spoil(stop_words)
        started = open_analysis(settings)
        assert started.synonyms == good.synonyms
        assert started._stop_words == good._stop_words
        assert list(word_list_troubles(settings)) == ["synonyms", "stop_words"]
    synonyms.rmdir()
    synonyms.write_text("Kita\n", encoding="utf-8")
    assert open_analysis(settings).synonyms == good.synonyms
    synonyms.write_text("Kita, Hort\n", encoding="utf-8")
    assert open_analysis(settings).synonyms.same[("kita",)] == ("Hort",)
    synonyms.unlink()
    assert open_analysis(settings).synonyms.same[("kita",)] == ("Hort",)


def test_a_misspelt_path_is_an_error_all_the_same(service_settings: Settings, tmp_path: Path) -> None:
    """The last good version is that of one path, and takes the place of no other."""
    path = tmp_path / "synonyms.txt"
    path.write_text("Kita, Krippe\n", encoding="utf-8")
    service_settings.data_dir.mkdir()
    open_analysis(service_settings.model_copy(update={"synonyms": path}))
    with pytest.raises(InvalidSettings):
        open_analysis(service_settings.model_copy(update={"synonyms": tmp_path / "synonym.txt"}))


def test_a_lasting_trouble_is_logged_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A file that stays away fills no log."""
    path = tmp_path / "synonyms.txt"
    path.write_text("Kita, Krippe\n", encoding="utf-8")
    file = SynonymFile(path)
    clock = _Clock(file)
    file.read()
    path.unlink()
    for _ in range(3):
        clock.pass_time()
        assert file.changed() is None
    written = capsys.readouterr()
    # Where the log goes depends on whether a test before has set it up.
    assert (written.out + written.err + caplog.text).count("synonyms_not_read") == 1


def test_a_crash_beside_an_unreadable_list_is_survived(
    web_settings: Settings, web_store: Store, tmp_path: Path
) -> None:
    """The web process that replaces one that was killed starts, and so does the whole service."""
    path = tmp_path / "synonyms.txt"
    path.write_text("Kita, Krippe\n", encoding="utf-8")
    variables = {"SEARCHSVC_WEB_WORKERS": "1", "SEARCHSVC_SYNONYMS": str(path)}
    with running_gunicorn(web_settings, web_store, **variables) as url:
        path.write_bytes(b"\xff")
        process = main_process(url)
        (killed,) = children_of(process)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while not (found := children_of(process)) or found == [killed]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        warnings = httpx.get(f"{url}/readyz", timeout=20).json()["warnings"]
        assert "synonyms" in warnings
    with running_gunicorn(web_settings, web_store, **variables) as url:
        assert httpx.get(f"{url}/api/v1/search?q=kita").status_code == 200
