"""Xapian (C++) through its Python bindings, as Debian packages them (``apt install python3-xapian``).

The bindings are found where Debian puts them, so this program must run the same Python minor version as Debian's. BM25
with the title weighted three times; facets by match spies over value slots; positions are stored as in the others.
"""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.engines.work import TOP, Answer, Source, Tokens

DEBIAN_PACKAGES = "/usr/lib/python3/dist-packages"
KOMMUNE, YEAR, ID = 0, 1, 2


def _xapian() -> Any:
    if DEBIAN_PACKAGES not in sys.path:
        sys.path.append(DEBIAN_PACKAGES)
    return importlib.import_module("xapian")


class Xapian:
    """Xapian's default back end (glass), committed once."""

    def __init__(self) -> None:
        _xapian()  # or this is not the Python that Debian's bindings are for
        self.tokens = Tokens()

    def _document(self, source: Source) -> Any:
        document = _xapian().Document()
        generator = _xapian().TermGenerator()
        generator.set_max_word_length(200)
        generator.set_document(document)
        generator.index_text(self.tokens.joined(source.title), 1, "S")
        generator.index_text(self.tokens.joined(source.text))
        document.add_boolean_term(f"Q{source.id}")
        document.add_value(KOMMUNE, source.kommune)
        document.add_value(YEAR, source.date[:4])
        document.add_value(ID, source.id)
        document.set_data(zlib.compress(source.text.encode(), 3))
        return document

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        xapian = _xapian()
        database = xapian.WritableDatabase(str(folder / "new"), xapian.DB_CREATE | xapian.DB_NO_SYNC)
        for document in documents:
            database.add_document(self._document(document))
        database.commit()
        database.compact(str(folder / "db"))
        database.close()
        for path in (folder / "new").iterdir():
            path.unlink()

    def open(self, folder: Path) -> None:
        self._database = _xapian().Database(str(folder / "db"))

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        xapian = _xapian()
        scaled = xapian.Query.OP_SCALE_WEIGHT
        parts = [
            xapian.Query(xapian.Query.OP_OR, xapian.Query(scaled, xapian.Query(f"S{term}"), 3.0), xapian.Query(term))
            for term in terms
        ]
        enquire = xapian.Enquire(self._database)
        enquire.set_query(xapian.Query(xapian.Query.OP_AND if every else xapian.Query.OP_OR, parts))
        kommunen, years = xapian.ValueCountMatchSpy(KOMMUNE), xapian.ValueCountMatchSpy(YEAR)
        enquire.add_matchspy(kommunen)
        enquire.add_matchspy(years)
        found = enquire.get_mset(0, TOP, self._database.get_doccount())
        return Answer(
            found.get_matches_estimated(),
            tuple(match.document.get_value(ID).decode() for match in found),
            {item.term.decode(): item.termfreq for item in kommunen.values()},
            {item.term.decode(): item.termfreq for item in years.values()},
        )

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        xapian = _xapian()
        database = xapian.WritableDatabase(str(folder / "db"), xapian.DB_OPEN)
        for document in documents:
            database.replace_document(f"Q{document.id}", self._document(document))
        database.commit()
        database.close()
        self._database.reopen()
