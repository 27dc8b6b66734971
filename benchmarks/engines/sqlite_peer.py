"""SQLite FTS5 (C) with GROUP BY: external columns beside the full-text table, whole index in the page cache."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.engines.work import TOP, Answer, Source, Tokens


class SqliteFts5:
    """FTS5 over the same stems, BM25 with the title weighted three times."""

    def __init__(self) -> None:
        self.tokens = Tokens()

    def build(self, folder: Path, documents: Iterator[Source]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(folder / "fts.db")
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
            "CREATE TABLE docs(rowid INTEGER PRIMARY KEY, id TEXT, kommune TEXT, year TEXT, source BLOB);"
            "CREATE VIRTUAL TABLE fts USING fts5(title, text, content='', tokenize=\"unicode61 remove_diacritics 0\");"
        )
        self._insert(connection, documents, 0)
        connection.execute("INSERT INTO fts(fts) VALUES('optimize')")
        connection.commit()
        connection.close()

    def _insert(
        self, connection: sqlite3.Connection, documents: Iterator[Source] | Sequence[Source], start: int
    ) -> None:
        for row, one in enumerate(documents, start=start + 1):
            source = zlib.compress(one.text.encode(), 3)
            connection.execute("INSERT INTO docs VALUES(?,?,?,?,?)", (row, one.id, one.kommune, one.date[:4], source))
            tokens = (row, self.tokens.joined(one.title), self.tokens.joined(one.text))
            connection.execute("INSERT INTO fts(rowid, title, text) VALUES(?,?,?)", tokens)

    def open(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "fts.db")
        self._connection.executescript("PRAGMA cache_size=-1000000; PRAGMA mmap_size=4000000000;")

    def search(self, terms: Sequence[str], *, every: bool) -> Answer:
        match = (" AND " if every else " OR ").join(f'"{term}"' for term in terms)
        run = self._connection.execute
        best = run(
            "SELECT id FROM fts JOIN docs ON docs.rowid = fts.rowid WHERE fts MATCH ? AND rank MATCH 'bm25(3.0, 1.0)' "
            "ORDER BY rank LIMIT ?",
            (match, TOP),
        )
        ids = tuple(row[0] for row in best)
        kommunen: dict[str, int] = {}
        years: dict[str, int] = {}
        counted = run(
            "SELECT kommune, year, count(*) FROM fts JOIN docs ON docs.rowid = fts.rowid WHERE fts MATCH ? "
            "GROUP BY kommune, year",
            (match,),
        )
        for kommune, year, count in counted:
            kommunen[kommune] = kommunen.get(kommune, 0) + count
            years[year] = years.get(year, 0) + count
        return Answer(sum(years.values()), ids, kommunen, years)

    def update(self, folder: Path, documents: Sequence[Source]) -> None:
        connection = sqlite3.connect(folder / "fts.db")
        (last,) = connection.execute("SELECT max(rowid) FROM docs").fetchone()
        self._insert(connection, documents, last)
        connection.commit()
        connection.close()
