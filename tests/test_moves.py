"""A server that moves: everything follows, old links lead on, and what was taken down stays hidden."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from searchsvc.cli import main
from searchsvc.oparl import moved_key, source_lock
from searchsvc.settings import Settings
from searchsvc.store import Channel, Store
from tests.fixtures_oparl import Mirror
from tests.oparl_server import small_city
from tests.test_takedowns import document

OLD, NEW = "https://alt.example/oparl/", "https://neu.example/v1/oparl/"


def move_server(mirror: Mirror) -> tuple[str, str]:
    """Let the server be at another host; return what addresses began with, and what they begin with now."""
    old = mirror.server.base + "/"
    mirror.server.base = mirror.server.base.replace("127.0.0.1", "localhost")
    binaries = mirror.server.city.binaries
    mirror.server.city = small_city(mirror.server.base)
    mirror.server.city.binaries = binaries
    return old, mirror.server.base + "/"


def test_nothing_is_new_after_a_move(mirror: Mirror):
    """An import from the new address stores, deletes and fetches nothing, and the takedown holds."""
    mirror.run()
    before = mirror.documents()
    hidden = mirror.server.city.url("file", "p2-vorlage")
    mirror.store.takedowns.take_down(hidden, "personal data")
    mirror.store.reports.add(mirror.server.city.url("file", "p3-vorlage"), "other", "Bitte prüfen", None)
    old, new = move_server(mirror)
    moved = mirror.store.moves.move(old, new, rekey=moved_key)
    assert (moved.documents, moved.takedowns, moved.sources) == (12, 1, 1)
    after = mirror.documents()
    assert after.keys() == before.keys() - {"p2-vorlage"}
    for name, one in after.items():
        assert one.id == mirror.server.city.url("file", name)
        assert one.indexed_at == before[name].indexed_at
        assert (one.pages, one.title) == (before[name].pages, before[name].title)
        assert one.paper is None or one.paper.id is None or one.paper.id.startswith(new)
        assert str(one.download_url).startswith(new)
    last = mirror.store.documents.last_change()
    report = mirror.run(full=True)
    assert (report.result, report.stored, report.deleted) == ("ok", 0, 0)
    # What is hidden cannot be read by the import either.
    assert set(mirror.server.paths("/download/")) <= {"/download/p2-vorlage.pdf"}
    assert mirror.store.documents.last_change() == last
    assert [one.document_id for one in mirror.store.takedowns.list()] == [mirror.server.city.url("file", "p2-vorlage")]
    assert [one.document_id for one in mirror.store.reports.list()] == [mirror.server.city.url("file", "p3-vorlage")]
    assert [source.url for source in mirror.store.oparl_sources.list()] == [mirror.server.system_url]
    mirror.server.city.delete("file", "p3-anlage")
    assert mirror.run().deleted == 1


def test_what_was_imported_from_both_addresses_becomes_one(mirror: Mirror):
    """A move after an import from the new address leaves each document once, and nothing waits any more."""
    mirror.run()
    system = mirror.server.system_url
    mirror.store.takedowns.take_down(mirror.server.city.url("file", "p2-vorlage"), "personal data")
    old, new = move_server(mirror)
    assert mirror.run(system, full=True).deleted == 0
    assert "sources move" in str(mirror.run(system, full=True).held)
    mirror.run()
    assert len(list(mirror.store.documents.snapshot()[1])) == 24
    mirror.store.moves.move(old, new, rekey=moved_key)
    assert len(list(mirror.store.documents.snapshot()[1])) == len(mirror.documents()) == 12
    report = mirror.run(full=True)
    assert (report.result, report.stored, report.deleted) == ("ok", 0, 0)


def test_a_move_that_was_cut_off_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Asked for again it moves the rest; nothing that was taken down shows in between."""
    store.documents.put_many([document(f"{OLD}files/{number}") for number in range(250)])
    store.takedowns.take_down(f"{OLD}files/7", "x")
    monkeypatch.setattr("searchsvc.store.moves._move_document", _fails_at(f"{OLD}files/5"))
    with pytest.raises(RuntimeError):
        store.moves.move(OLD, NEW, rekey=moved_key)
    monkeypatch.undo()
    ids = {one.id for one in store.documents.snapshot()[1]}
    assert len(ids) == 249
    assert any(one.startswith(NEW) for one in ids)
    assert any(one.startswith(OLD) for one in ids)
    store.moves.move(OLD, NEW, rekey=moved_key)
    ids = {one.id for one in store.documents.snapshot()[1]}
    assert ids == {f"{NEW}files/{number}" for number in range(250)} - {f"{NEW}files/7"}


def _fails_at(document_id: str):  # type: ignore[no-untyped-def]
    from searchsvc.store import moves

    real = moves._move_document

    def move(connection: object, one: str, prefixes: object) -> None:
        if one == document_id:
            raise RuntimeError
        real(connection, one, prefixes)  # type: ignore[arg-type]

    return move


def test_other_addresses_stay(store: Store):
    """Only what begins with the prefix, letter by letter, is moved."""
    others = [f"{OLD[:-1]}2/files/1", OLD.upper() + "files/1", "https://alt.example/oparl_/files/1", "files/1"]
    store.documents.put_many([document(one) for one in [*others, f"{OLD}files/1"]])
    assert store.moves.move(OLD, NEW, rekey=moved_key).documents == 1
    assert {one.id for one in store.documents.snapshot()[1]} == {*others, f"{NEW}files/1"}


def test_links_to_former_ids_lead_to_the_present_ones(web: FlaskClient, web_store: Store):
    """Pages, files and the API send to the new address, with all parameters; twice moved is moved once."""
    web_store.documents.put(document(f"{OLD}files/1", "Radweg"))
    web_store.moves.move(OLD, NEW, rekey=moved_key)
    web_store.moves.move(NEW, "https://ganz.neu.example/", rekey=moved_key)
    for former in (OLD, NEW):
        for path in (f"/dokumente/{former}files/1?q=Radweg&q=x", f"/api/v1/documents/{former}files/1"):
            answer = web.get(path)
            assert answer.status_code == 301, answer.text
            assert "ganz.neu.example" in answer.headers["Location"]
            assert answer.headers["Location"].endswith("?q=Radweg&q=x") == ("?" in path)
            assert web.get(answer.headers["Location"]).status_code == 200
    assert web.get(f"/dokumente/{OLD}files/2").status_code == 404


@pytest.mark.parametrize(
    "arguments",
    [("alt.example/", NEW), (OLD, "https://neu.example"), (OLD, OLD), (OLD, f"{OLD}v1/"), (OLD,)],
)
def test_wrong_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]):
    """Prefixes are addresses that end with a slash, and the new one is no part of the old one."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(main, ["sources", "move", *arguments]).exit_code == 2


def test_the_command_moves_and_tells_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store):
    """``--dry-run`` changes nothing."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(tmp_path / "data"))
    store.documents.put(document(f"{OLD}files/1"))
    told = CliRunner().invoke(main, ["sources", "move", OLD, NEW, "--dry-run"])
    assert told.output == "would be moved: 1 documents, 0 takedowns, 0 objects of servers, 0 sources\n"
    assert store.documents.get(f"{OLD}files/1") is not None
    done = CliRunner().invoke(main, ["sources", "move", OLD, NEW])
    assert done.output == "moved: 1 documents, 0 takedowns, 0 objects of servers, 0 sources\n"
    assert store.documents.get(f"{NEW}files/1") is not None


@pytest.mark.parametrize("early", [True, False])
def test_what_was_deleted_here_stays_deleted(mirror: Mirror, early: bool):
    """A move does not undo a deletion by hand, whether or not the new address was imported before."""
    mirror.run()
    mirror.store.documents.delete(mirror.server.city.url("file", "p2-anlage"))
    old, new = move_server(mirror)
    if early:
        mirror.run()
        assert "p2-anlage" in mirror.documents()
    mirror.store.moves.move(old, new, rekey=moved_key)
    mirror.run(full=True)
    assert "p2-anlage" not in mirror.documents()


def test_a_move_is_no_news_for_saved_searches(store: Store):
    """Nobody is told of documents that were there before; one that changes afterwards is told."""
    store.documents.put_many([document(f"{OLD}files/{number}") for number in (1, 2)])
    search = store.saved_searches.create("q=x", Channel.EMAIL, "a@example.org")
    store.saved_searches.confirm(search.token)
    store.documents.put(document(f"{OLD}files/3"))
    history = store.documents.history_id()
    assert store.saved_searches.record({search.id: [f"{OLD}files/3"]}, history, store.documents.last_change()) == 1
    store.moves.move(OLD, NEW, rekey=moved_key)
    ids = [f"{NEW}files/{number}" for number in (1, 2, 3)]
    assert store.saved_searches.record({search.id: ids}, history, store.documents.last_change()) == 0
    store.documents.put(document(ids[0], "Neue Fassung"))
    assert store.saved_searches.record({search.id: ids}, history, store.documents.last_change()) == 1


def test_no_import_runs_beside_a_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: Store):
    """The command waits for nothing and changes nothing while a source is being imported."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(tmp_path / "data"))
    store.documents.put(document(f"{OLD}files/1"))
    source = store.oparl_sources.add(f"{OLD}system")
    with source_lock(Settings(data_dir=tmp_path / "data"), source):
        done = CliRunner().invoke(main, ["sources", "move", OLD, NEW])
    assert (done.exit_code, "is being imported" in done.output) == (1, True)
    assert store.documents.get(f"{OLD}files/1") is not None
