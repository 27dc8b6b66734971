"""A document that was taken down stays hidden under whatever id it comes back."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import delete

from searchsvc.cli import main
from searchsvc.settings import Settings
from searchsvc.store import Lifted, Store
from searchsvc.store.tables import takedown_marks
from tests.fixtures_oparl import Mirror
from tests.oparl_server import pdf, small_city
from tests.test_takedowns import document, shown

LONG = "Der Ausschuss hat über den Widerspruch gegen den Bescheid beraten und ihn zurückgewiesen. " * 4
OLD = "https://ratsinfo.example.de/oparl/files/17"


@pytest.mark.parametrize(
    "identifier",
    [
        "http://ratsinfo.example.de/oparl/files/17",
        "https://www.ratsinfo.example.de/oparl/v1.1/files/17",
        "https://ratsinfo.example.de:8443/webservice/oparl/v1.1/files/17",
        "https://oparl.anbieter.example/stadt/files/17",
    ],
)
def test_an_address_that_moved_is_recognised(store: Store, identifier: str) -> None:
    """Another scheme, port, host or path before it: the end of the address and the Kommune are the same."""
    store.documents.put(document(OLD, "Personalangelegenheit", kommune="Brühl"))
    store.takedowns.take_down(OLD, "personal data")
    result = store.documents.put(document(identifier, "Personalangelegenheit, neu gesetzt", kommune="Brühl"))
    assert (result.withheld, result.changed) == (True, False)
    assert shown(store) == {}
    takedown = store.takedowns.get(identifier)
    assert takedown is not None
    assert takedown.reason == f"as {OLD}: personal data"


@pytest.mark.parametrize(
    ("identifier", "kommune"),
    [
        ("https://ratsinfo.example.de/oparl/files/18", "Brühl"),
        ("https://ratsinfo.example.de/oparl/papers/17", "Brühl"),
        ("https://other.example/oparl/files/17", "Ulm"),
        ("https://ratsinfo.example.de/ulm/oparl/files/17", "Ulm"),
        ("files/17", "Brühl"),
    ],
)
def test_other_documents_are_not_taken_for_it(store: Store, identifier: str, kommune: str) -> None:
    """Another number, another kind, another Kommune at another host: nothing of these is hidden."""
    store.documents.put(document(OLD, "Siehe Anlage", kommune="Brühl"))
    store.takedowns.take_down(OLD, "personal data")
    assert store.documents.put(document(identifier, "Siehe Anlage", kommune=kommune)).created


def test_the_same_text_or_file_is_recognised_under_any_id(store: Store) -> None:
    """Content counts wherever it comes from, once it is long enough to be its own."""
    store.documents.put_many([document("a", LONG), document("b", sha256="ab" * 32)])
    store.takedowns.take_down("a", "x")
    store.takedowns.take_down("b", "x")
    store.documents.put_many([document("c", f"  {LONG}\n"), document("d", "Andere Seite", sha256="ab" * 32)])
    assert shown(store) == {}
    store.documents.put_many([document("e", LONG + "Und mehr."), document("f", sha256="cd" * 32)])
    assert set(shown(store)) == {"e", "f"}


def test_what_is_shown_is_not_hidden_by_the_next_import(store: Store) -> None:
    """A document that was shown beside the one taken down stays; so does one whose takedown was lifted."""
    store.documents.put_many([document("a", LONG), document("b", LONG)])
    store.takedowns.take_down("a", "x")
    assert store.documents.put(document("b", LONG, title="Neu")).changed
    store.documents.put(document("c", LONG))
    assert store.takedowns.lift("c")[0] is Lifted.RESTORED
    assert store.documents.put(document("c", LONG, title="Neu")).changed
    assert set(shown(store)) == {"b", "c"}


def test_erased_content_is_recognised(store: Store) -> None:
    """Marks stay when a source deletes what was taken down, for it may come back elsewhere."""
    store.documents.put(document("a", LONG))
    store.takedowns.take_down("a", "x")
    store.documents.delete("a")
    assert store.documents.put(document("b", LONG)).withheld
    store.takedowns.lift("a")
    store.takedowns.lift("b")
    assert store.documents.put(document("c", LONG)).created


def test_takedowns_of_before_get_their_marks(store: Store) -> None:
    """Migrating gives marks to takedowns that have none."""
    store.documents.put(document("a", LONG))
    store.takedowns.take_down("a", "x")
    with store.database.transaction() as connection:
        connection.execute(delete(takedown_marks))
    store.migrate()
    assert store.documents.put(document("b", LONG)).withheld


@pytest.mark.parametrize("content", [True, False])
def test_a_server_that_moves_brings_nothing_back(mirror: Mirror, content: bool):
    """Under another host, with the same bytes or with others, what was taken down stays hidden."""
    mirror.run()
    old = mirror.server.city.url("file", "p2-vorlage")
    mirror.store.takedowns.take_down(old, "personal data")
    other = mirror.server.base.replace("127.0.0.1", "localhost")
    city = mirror.server.city = small_city(other)
    if not content:
        city.file("p2-vorlage", "Vorlage 2", content=pdf("Radweg Nummer 2 mit neuem Briefkopf"))
    mirror.run(full=True)
    new = city.url("file", "p2-vorlage")
    assert mirror.store.documents.get(new) is None
    assert mirror.store.takedowns.get(new) is not None
    assert city.url("file", "p3-vorlage") in {one.id for one in mirror.store.documents.snapshot()[1]}


def test_what_is_taken_down_is_listed(store: Store, service_settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """With its reason, which names the former id of what was recognised."""
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(service_settings.data_dir))
    store.documents.put(document("a", LONG))
    store.takedowns.take_down("a", "letter of 3 May")
    store.documents.put(document("b", LONG))
    done = CliRunner().invoke(main, ["takedown", "--list"])
    assert done.exit_code == 0
    assert " a: letter of 3 May\n" in done.output
    assert " b: as a: letter of 3 May\n" in done.output
    assert CliRunner().invoke(main, ["takedown"]).exit_code == 2
    assert CliRunner().invoke(main, ["takedown", "a", "--list"]).exit_code == 2


def test_a_takedown_of_what_is_not_here_yet_holds_for_its_address(store: Store) -> None:
    """Nothing is known of it but its id: another scheme or port is the same address, another path is not."""
    store.takedowns.take_down(OLD, "x", unknown_too=True)
    assert store.documents.put(document("https://ratsinfo.example.de/v2/oparl/files/17", kommune="Brühl")).created
    assert store.documents.put(document("http://www.ratsinfo.example.de:80/oparl/files/17", kommune="Brühl")).withheld
