"""Fixtures for analysis and index: small real indexes in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from analyzers import GermanAnalysis
from index.contract import Change, Document, Kommune, Paper, TextQuality
from index.whoosh import WhooshEngine, WhooshIndexWriter

BRUEHL = Kommune("bruehl", "Brühl", "05362012")
KOELN = Kommune("koeln", "Köln", "05315000")


@pytest.fixture(scope="session")
def analysis() -> GermanAnalysis:
    """The default analysis."""
    return GermanAnalysis()


@dataclass(frozen=True, slots=True)
class Engine:
    """How an engine under test is opened for an index in a folder of its own: for writing and for reading."""

    writer: Callable[[Path, GermanAnalysis], Any]
    reader: Callable[[Path, GermanAnalysis], Any]


ENGINES = {"whoosh": Engine(WhooshIndexWriter.open, WhooshEngine.open)}
"""Every engine behind the protocol; the acceptance tests run on each."""


class TestIndex:
    """An index in a temporary folder with one writer and one reader."""

    __test__ = False

    def __init__(self, folder: Path, analysis: GermanAnalysis, engine: Engine = ENGINES["whoosh"]) -> None:
        self.folder = folder
        self.writer = engine.writer(folder, analysis)
        self.engine = engine.reader(folder, analysis)
        self.change = 0
        self.writer.rebuild([], change_number=0)

    def put(self, *documents: Document) -> None:
        """Commit documents as one batch."""
        self.apply([(document.id, document) for document in documents])

    def delete(self, *document_ids: str) -> None:
        """Commit deletions as one batch."""
        self.apply([(document_id, None) for document_id in document_ids])

    def apply(self, states: Iterable[tuple[str, Document | None]]) -> None:
        """Commit new states as one batch."""
        changes = []
        for document_id, document in states:
            self.change += 1
            changes.append(Change(self.change, document_id, document))
        self.writer.apply(changes)

    def close(self) -> None:
        """Release the lock."""
        self.engine.close()
        self.writer.close()


@pytest.fixture
def engine_under_test() -> Engine:
    """The engine that indexes are made with; the acceptance tests have this of every one."""
    return ENGINES["whoosh"]


@pytest.fixture
def make_index(
    tmp_path: Path, analysis: GermanAnalysis, engine_under_test: Engine
) -> Iterator[Callable[..., TestIndex]]:
    """Return a function that makes an index of documents, committed one by one as segments if ``split``."""
    made: list[TestIndex] = []

    def make(*documents: Document, split: bool = False) -> TestIndex:
        index = TestIndex(tmp_path / f"index{len(made)}", analysis, engine_under_test)
        made.append(index)
        if split:
            for document in documents:
                index.put(document)
        elif documents:
            index.put(*documents)
        return index

    yield make
    for index in made:
        index.close()


def document(document_id: str, text: str = "", **values: object) -> Document:
    """Return a document with one page of text; ``kommune``, ``date``, ``title`` … as given."""
    values.setdefault("title", f"Dokument {document_id}")
    pages = values.pop("pages", (text,) if text else ())
    values.setdefault("text_quality", TextQuality.DIGITAL if pages else TextQuality.EMPTY)
    return Document(id=document_id, pages=pages, **values)  # type: ignore[arg-type]


@pytest.fixture
def council(make_index: Callable[..., TestIndex]) -> TestIndex:
    """A few documents of two Kommunen that most tests can tell apart, in three segments."""
    index = make_index(
        document(
            "radweg",
            "Der Radweg an der Römerstraße wird ausgebaut. Die Kosten betragen 350.000 €.",
            title="Ausbau des Radwegs Römerstraße",
            kommune=BRUEHL,
            date=date(2013, 11, 13),
            paper=Paper("p1", "Radverkehrskonzept", "2013/0456", "Beschlussvorlage"),
            organizations=("Verkehrsausschuss", "Rat"),
        ),
        document(
            "steuer",
            "Satzung über die Erhebung der Hundesteuer. Die Steuer beträgt 120 € für den ersten Hund.",
            title="Hundesteuersatzung",
            kommune=BRUEHL,
            date=date(2014, 2, 3),
            paper=Paper("p2", "Hundesteuer", "2014/0001", "Satzung"),
            organizations=("Rat",),
        ),
        document(
            "zentrum",
            pages=("Arbeitsschwerpunkte des Kommunalen Integrations-\nzentrums", "Seite zwei: Bildung und Häuser"),
            title="Integrationszentrum im Rhein-Erft-Kreis",
            kommune=KOELN,
            date=date(2013, 5, 1),
            paper=Paper("p3", None, None, "Bericht"),
        ),
    )
    index.put(document("scan", "", title="Eingescannte Einladung", kommune=KOELN, mime_type="application/pdf"))
    index.put(document("heimatlos", "Ein Radweg ohne Kommune und ohne Datum", title="Notiz"))
    return index
