"""Files of queries and of what was found for them: CSV, as spreadsheets write and read it."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from searchsvc.atomic_files import write_atomically
from searchsvc.interface.parameters import REPEATABLE
from searchsvc.interface.search_parameters import EXPORT_PARAMETERS
from searchsvc.interface.spreadsheets import BYTE_ORDER_MARK, cell

MAX_QUERIES = 100_000
MAX_BYTES = 50_000_000
ALTERNATIVES = "|"
"""Between several values of one parameter."""

LABEL = "id"
"""A column of the caller's own, which is written again beside the results."""

PARAMETERS = tuple(name for name in EXPORT_PARAMETERS if name not in ("format", "separator"))

_SEPARATORS = ",;\t"


class UnusableFile(ValueError):
    """A file of queries or results that cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Query:
    """One line: its number from 1 (the line of names is none), the caller's label, the parameters that are given."""

    number: int
    label: str
    parameters: Mapping[str, str | list[str]]

    @property
    def q(self) -> str:
        """The words."""
        return str(self.parameters.get("q", ""))


@dataclass(frozen=True, slots=True)
class QueryFile:
    """All queries of a file, and the separator of its columns."""

    queries: Sequence[Query]
    separator: str


def read_queries(path: Path) -> QueryFile:
    """Read a file: a line of names, ``q`` among them, then a query on each. Raises ``UnusableFile`` or ``OSError``."""
    if path.stat().st_size > MAX_BYTES:
        raise UnusableFile(f"{path} has more than {MAX_BYTES:,} bytes; split it")
    text = _decoded(path.read_bytes())
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        names = [name.strip().lower() for name in next(lines, [])]
        _check_names(path, names)
        queries = list(_queries(path, names, lines))
    except csv.Error as error:
        raise UnusableFile(f"{path}, line {lines.line_num}: {error}") from error
    if not queries:
        raise UnusableFile(f"{path} has no queries below its line of names")
    return QueryFile(queries, separator)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")  # what German spreadsheets write unless told otherwise


def _check_names(path: Path, names: Sequence[str]) -> None:
    known = f"known are: {', '.join((LABEL, *PARAMETERS))}"
    if "q" not in names:
        raise UnusableFile(f"{path}: the first line must name the columns, q among them; {known}")
    for name in names:
        if name not in (LABEL, *PARAMETERS):
            raise UnusableFile(f"{path}: unknown column {name!r}; {known}")
        if names.count(name) > 1:
            raise UnusableFile(f"{path}: column {name!r} is there {names.count(name)} times")


def _queries(path: Path, names: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[Query]:
    number = 0
    for values in lines:
        if not any(value.strip() for value in values):
            continue
        number += 1
        if number > MAX_QUERIES:
            raise UnusableFile(f"{path} has more than {MAX_QUERIES:,} queries; split it")
        if len(values) > len(names):
            raise UnusableFile(f"{path}, query {number}: {len(values)} columns, but {len(names)} names")
        given = {name: value.strip() for name, value in zip(names, values, strict=False) if value.strip()}
        label = given.pop(LABEL, "")
        yield Query(
            number,
            label,
            {
                name: [one.strip() for one in value.split(ALTERNATIVES) if one.strip()] if name in REPEATABLE else value
                for name, value in given.items()
            },
        )


class ResultFile:
    """Results, written behind each other: a line is there as a whole or is written again."""

    def __init__(self, path: Path, columns: Sequence[str], separator: str) -> None:
        self._path = path
        self._columns = list(columns)
        self._separator = separator

    def resume(self, queries: Sequence[Query], *, restart: bool) -> int:
        """Return how many queries are done already. Raises ``UnusableFile`` if the file is of other ones."""
        kept = [] if restart or not self._path.exists() else self._complete(queries)
        write_atomically(self._path, BYTE_ORDER_MARK + self._text([self._columns, *kept]), mode=0o644)
        return len(kept)

    def append(self, rows: Iterable[Sequence[object]]) -> None:
        """Write rows so that they last."""
        with self._path.open("a", encoding="utf-8", newline="") as file:
            file.write(self._text([[cell(value) for value in row] for row in rows]))
            file.flush()
            os.fsync(file.fileno())

    def _complete(self, queries: Sequence[Query]) -> list[list[str]]:
        text = self._path.read_bytes().decode("utf-8-sig", "ignore")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._separator))
        if self._text([self._columns]).startswith(text):
            return []  # nothing below the line of names, which may be cut off itself
        if lines[0] != self._columns:
            raise UnusableFile(f"{self._path} has other columns; name another --output, or --restart")
        # The last line may have been cut off when writing it was stopped, which cannot always be seen.
        done = lines[1:-1]
        for query, line in zip(queries, done, strict=False):
            if len(line) != len(self._columns) or line[:3] != [str(query.number), cell(query.label), cell(query.q)]:
                raise UnusableFile(f"{self._path} has results of other queries; name another --output, or --restart")
        if len(done) > len(queries):
            raise UnusableFile(f"{self._path} has results of more queries; name another --output, or --restart")
        return done

    def _text(self, rows: Iterable[Sequence[str]]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self._separator, lineterminator="\r\n").writerows(rows)
        return text.getvalue()
