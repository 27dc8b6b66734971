"""SQLite FTS5 over Snowball stems: its own BM25, any of the words.

Of the title weights 1, 2, 3, 5 and 8, the last was the best for it on the sets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.relevance.engines.stems import Snowball
from benchmarks.relevance.judged import text_of, title_of
from index.contract import Document


class SqliteFts5:
    """FTS5 with OR."""

    name = "sqlite-fts5"
    index_name = "sqlite-fts5"
    index_settings: ClassVar[Mapping[str, Any]] = {"sqlite": sqlite3.sqlite_version, "tokens": "PyStemmer german"}
    settings: ClassVar[Mapping[str, Any]] = {"title": 8.0, "text": 1.0, "operator": "OR"}

    def __init__(self) -> None:
        self._stems = Snowball()

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        connection = sqlite3.connect(folder / "fts.db")
        connection.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE docs(id TEXT);"
            "CREATE VIRTUAL TABLE fts USING fts5(title, text, content='', tokenize=\"unicode61 remove_diacritics 0\");"
        )
        for row, document in enumerate(documents, start=1):
            tokens = (row, self._joined(title_of(document)), self._joined(text_of(document)))
            connection.execute("INSERT INTO docs(rowid, id) VALUES(?,?)", (row, document.id))
            connection.execute("INSERT INTO fts(rowid, title, text) VALUES(?,?,?)", tokens)
        connection.execute("INSERT INTO fts(fts) VALUES('optimize')")
        connection.commit()
        connection.close()

    def open(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "fts.db")
        self._connection.execute("PRAGMA cache_size=-500000")

    def rank(self, query: str, count: int) -> list[str]:
        match = " OR ".join(f'"{stem}"' for stem in dict.fromkeys(self._stems.of(query)))
        if not match:
            return []
        rows = self._connection.execute(
            f"SELECT id FROM fts JOIN docs ON docs.rowid = fts.rowid WHERE fts MATCH ?"
            f" AND rank MATCH 'bm25({self.settings['title']}, {self.settings['text']})' ORDER BY rank LIMIT ?",
            (match, count),
        )
        return [row[0] for row in rows]

    def _joined(self, text: str) -> str:
        return " ".join(self._stems.of(text))
