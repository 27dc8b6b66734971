"""Import files with one JSON document per line: ``.ndjson``, ``.jsonl``, and both compressed as ``.xz``."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from searchsvc.ingest.manifest import parse_json

SUFFIXES = (".ndjson", ".jsonl", ".ndjson.xz", ".jsonl.xz")
_BOM = b"\xef\xbb\xbf"
_SKIP_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its JSON ``value``, or the ``problem`` with it. ``weight`` is how far it takes us through the file."""

    number: int
    value: Any
    problem: str | None
    weight: int


def is_line_file(path: Path) -> bool:
    """Tell by its name whether a file holds one document per line."""
    return path.name.lower().endswith(SUFFIXES)


def read_lines(path: Path, *, max_line_bytes: int) -> Iterator[Line]:
    """Read a file line by line with bounded memory; a bad line is a problem of its own, the rest goes on.

    Where the file itself ends badly (a damaged archive, a failing disk) that is the last line's problem.
    """
    number = 0
    position = 0
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
            stream: IO[bytes] = stack.enter_context(lzma.open(raw)) if path.name.lower().endswith(".xz") else raw
            while line := stream.readline(max_line_bytes + 1):
                number += 1
                before, position = position, raw.tell()
                weight = position - before
                if len(line) > max_line_bytes and not line.endswith(b"\n"):
                    _skip_line(stream)
                    problem = f"the line is longer than {max_line_bytes / 1e6:,.0f} MB (max_text_mb)"
                    yield Line(number, None, problem, weight)
                    continue
                if number == 1:
                    line = line.removeprefix(_BOM)
                if line.strip():
                    yield _parse(number, line, weight)
        except (lzma.LZMAError, EOFError) as error:
            yield Line(number + 1, None, f"the compressed file is damaged from here on ({error})", 0)
        except OSError as error:
            yield Line(number + 1, None, f"the file cannot be read from here on: {error.strerror or error}", 0)


def _parse(number: int, line: bytes, weight: int) -> Line:
    try:
        return Line(number, parse_json(line.decode("utf-8")), None, weight)
    except UnicodeDecodeError as error:
        return Line(number, None, f"the line is not UTF-8 (byte {error.start + 1})", weight)
    except ValueError as error:
        return Line(number, None, f"the line is not valid JSON: {error}", weight)


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(_SKIP_BYTES)) and not rest.endswith(b"\n"):
        pass
