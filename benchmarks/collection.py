"""The real collection that everything is measured on, as documents: ``python -m benchmarks.collection OUT.ndjson``.

Maps the data beside the project (Karlsruhe's OParl files, Magdeburg's papers and speeches, the saved page of Brühl) to
the document format that ``searchsvc ingest`` reads. The PDF folders of Köln and Erlangen are ingested as they are.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

PDF_FOLDERS = {"koeln": "Köln", "erlangen": "Erlangen"}
"""Folders of PDFs under ``DATA / "pdf"`` and their Kommunen."""

Record = dict[str, Any]


def read_lines(path: Path) -> Iterator[Record]:
    """Yield the objects of a ``.jsonl.xz`` file."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def karlsruhe(data: Path = DATA) -> Iterator[Record]:
    """Yield Karlsruhe's files with their papers; the Gremien are named by the meetings they hold."""
    folder = data / "karlsruhe"
    papers_by_file: dict[str, tuple[Record, Record]] = {}
    for paper in read_lines(folder / "papers.jsonl.xz"):
        main = [paper["mainFile"]] if paper.get("mainFile") else []
        for file in [*main, *paper.get("auxiliaryFile", [])]:
            papers_by_file.setdefault(file["id"], (paper, file))
    names = _organization_names(folder / "meetings.jsonl.xz")
    for record in read_lines(folder / "files.jsonl.xz"):
        paper, file = papers_by_file.get(record["id"], ({}, {}))
        consulted = [
            url for consultation in paper.get("consultation", []) for url in consultation.get("organization", [])
        ]
        yield _known(
            id=record["id"],
            title=file.get("name") or paper.get("name"),
            file_name=file.get("fileName") or record["downloadUrl"].rsplit("/", 1)[-1],
            mime_type=file.get("mimeType", "application/pdf"),
            kommune={"id": "karlsruhe", "name": "Karlsruhe", "ags": "08212000"},
            date=file.get("date") or paper.get("date"),
            created=file.get("created"),
            modified=file.get("modified") or record.get("fileModified"),
            paper=_known(
                id=paper.get("id"),
                name=paper.get("name"),
                reference=paper.get("reference"),
                type=paper.get("paperType"),
            ),
            organizations=list(dict.fromkeys(names[url] for url in consulted if url in names)),
            access_url=file.get("accessUrl"),
            download_url=record["downloadUrl"],
            text=record.get("text"),
        )


def magdeburg() -> Iterator[Record]:
    """Yield Magdeburg's papers (metadata only) and the speeches of its council (text)."""
    kommune = {"id": "magdeburg", "name": "Magdeburg", "ags": "15003000"}
    for paper in read_lines(DATA / "magdeburg" / "papers.jsonl.xz"):
        consultations = paper["consultations"]
        dates = sorted(consultation["date"][:10] for consultation in consultations if consultation.get("date"))
        yield _known(
            id=f"magdeburg/papers/{paper['id']}",
            title=paper["title"] or paper["reference"],
            kommune=kommune,
            date=dates[0] if dates else None,
            paper=_known(
                id=f"magdeburg/papers/{paper['id']}",
                name=paper["title"],
                reference=paper["reference"],
                type=paper["type"],
            ),
            organizations=list(dict.fromkeys(c["organization"] for c in consultations if c.get("organization"))),
        )
    for at, speech in enumerate(read_lines(DATA / "magdeburg" / "speeches.jsonl.xz")):
        yield _known(
            id=f"magdeburg/speeches/{speech['date']}/{at}",
            title=f"Redebeitrag {speech['number']}: {speech['speaker']}",
            kommune=kommune,
            date=speech["date"],
            paper={"type": "Redebeitrag"},
            organizations=["Stadtrat"],
            text=speech["transcription"],
        )


def seed() -> Iterator[Record]:
    """Yield the file of the saved page (Brühl)."""
    (path,) = (DATA / "seed").iterdir()
    page = path.read_text(encoding="utf-8")
    title = re.search(r"\n(Vorlage .*)\n", page)
    text = page.split("Inhalt der Datei", 1)[1].strip()
    yield {
        "id": "bruehl/arbeitsschwerpunkte-des-ki-im-rek",
        "title": title[1].split(") Vorlage")[0].rstrip(")") + ")" if title else "Vorlage",
        "kommune": {"id": "bruehl", "name": "Brühl", "ags": "05362012"},
        "date": _date(page, "Datum"),
        "created": _moment(page, "Erstellt"),
        "modified": _moment(page, "Aktualisiert"),
        "size": 51 * 1024,
        "mime_type": "application/pdf",
        "text": text,
    }


def documents() -> Iterator[Record]:
    """Yield the whole collection (without the PDF folders)."""
    yield from seed()
    yield from karlsruhe()
    yield from magdeburg()


def _organization_names(meetings: Path) -> dict[str, str]:
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for meeting in read_lines(meetings):
        name = re.sub(r"\s*\(.*?\)\s*", " ", meeting["name"]).strip()
        for url in meeting.get("organization", []):
            names[url][name] += 1
    return {url: counts.most_common(1)[0][0] for url, counts in names.items()}


def _known(**values: Any) -> Record:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _date(page: str, label: str) -> str:
    found = re.search(rf"\n{label}\n(\d\d)\.(\d\d)\.(\d{{4}})\n", page)
    if found is None:
        raise ValueError(f"the saved page has no {label}")
    return f"{found[3]}-{found[2]}-{found[1]}"


def _moment(page: str, label: str) -> str:
    found = re.search(rf"\n{label}\n(\S+, \d\d:\d\d)\n", page)
    if found is None:
        raise ValueError(f"the saved page has no {label}")
    return datetime.strptime(found[1], "%d.%m.%y, %H:%M").isoformat() + "+01:00"  # offset added


def main() -> None:
    """Write the collection as NDJSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    count = 0
    with arguments.out.open("w", encoding="utf-8") as lines:
        for record in documents():
            lines.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    print(f"{count:,} documents in {arguments.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
