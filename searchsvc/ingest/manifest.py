"""Metadata kept beside the files: sidecars ``NAME.pdf.json`` and manifests in JSON, NDJSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from searchsvc.documents.text import file_label
from searchsvc.errors import InvalidDocument

SIDECAR_SUFFIX = ".json"
FILE_FIELD = "file"
_MAX_BYTES = 500_000_000
_LIST_FIELDS = ("organizations", "keywords")
_NUMBER_FIELDS = ("size", "page_count")


@dataclass(slots=True)
class Manifest:
    """Metadata by absolute path of the file; ``problems`` are rows that cannot be used: (item, message)."""

    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def metadata(self, path: Path) -> Mapping[str, Any] | None:
        """Return what the manifest says about a file."""
        return self.rows.get(os.path.realpath(path))


def read_sidecar(path: Path) -> Mapping[str, Any] | None:
    """Return the metadata beside a file, or None if there is none. Raises ``InvalidDocument``."""
    sidecar = path.with_name(path.name + SIDECAR_SUFFIX)
    if not sidecar.is_file():
        return None
    label = file_label(sidecar.name)
    try:
        content = parse_json(_read(sidecar))
    except OSError as error:
        raise InvalidDocument(f"sidecar {label} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidDocument(f"sidecar {label} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise InvalidDocument(f"sidecar {label} must hold a JSON object")
    return content


def read_manifest(path: Path) -> Manifest:
    """Read a manifest: a JSON list of rows, a JSON object by file name, NDJSON rows, or CSV with a header.

    Each row has ``file``, a path relative to the manifest's folder, and fields of a document. In CSV, columns may be
    named ``kommune.name`` or ``paper.reference``, lists are separated by ``;`` or ``|``, and empty cells are left out.

    Raises:
        InvalidDocument: the manifest as a whole cannot be read.
    """
    label = file_label(path)
    try:
        text = _decode(_read(path))
        rows = list(_rows(path, text))
    except OSError as error:
        raise InvalidDocument(f"manifest {label} cannot be read: {error.strerror or error}") from error
    except (ValueError, csv.Error) as error:
        raise InvalidDocument(f"manifest {label} cannot be read: {error}") from error
    manifest = Manifest()
    for number, row in rows:
        item = f"{label}:{number}"
        if not isinstance(row, Mapping):
            manifest.problems.append((item, "a row must be an object"))
            continue
        name = row.get(FILE_FIELD)
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            manifest.problems.append((item, f"{FILE_FIELD}: must name the file this row is about"))
            continue
        key = os.path.realpath(path.parent / name.strip())
        if key in manifest.rows:
            manifest.problems.append((item, f"{FILE_FIELD}: {file_label(name)} is named by an earlier row"))
            continue
        manifest.rows[key] = {field_name: value for field_name, value in row.items() if field_name != FILE_FIELD}
    return manifest


def parse_json(raw: bytes | str) -> Any:
    """Parse JSON. Raises ``ValueError``, also for what is nested too deeply."""
    try:
        return json.loads(raw)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"it has more than {_MAX_BYTES / 1e6:,.0f} MB")
    return content.removeprefix(b"\xef\xbb\xbf")


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # What spreadsheet programs on Windows write.
        return content.decode("cp1252")


def _rows(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    suffix = path.suffix.lower()
    if suffix in (".ndjson", ".jsonl"):
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield number, parse_json(line)
    elif suffix in (".csv", ".tsv", ".txt"):
        yield from _csv_rows(text)
    else:
        content = parse_json(text)
        if isinstance(content, dict):
            for number, (name, row) in enumerate(content.items(), start=1):
                yield number, {FILE_FIELD: name, **row} if isinstance(row, dict) else row
        elif isinstance(content, list):
            yield from enumerate(content, start=1)
        else:
            raise ValueError("it must hold a list of rows or an object by file name")


def _csv_rows(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    header = text.partition("\n")[0]
    delimiter = max(";\t,", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if FILE_FIELD not in (reader.fieldnames or ()):
        raise ValueError(f"its first line must name the columns, one of them {FILE_FIELD!r}")
    for cells in reader:
        row: dict[str, Any] = {}
        if None in cells:
            raise ValueError(f"line {reader.line_num} has more cells than the first line")
        for column, cell in cells.items():
            if column and cell and cell.strip():
                _set(row, column.strip(), cell.strip())
        yield reader.line_num, row


def _set(row: dict[str, Any], column: str, cell: str) -> None:
    group, dot, part = column.partition(".")
    if dot:
        inner = row.setdefault(group, {})
        if isinstance(inner, dict):
            inner[part] = cell
    elif column in _LIST_FIELDS:
        row[column] = [item.strip() for item in cell.replace("|", ";").split(";")]
    elif column in _NUMBER_FIELDS and cell.isascii() and cell.isdigit() and len(cell) < 20:
        row[column] = int(cell)
    else:
        row[column] = cell
