"""Finding files, sidecars, manifests and lines."""

from __future__ import annotations

import json
import lzma
import os
from pathlib import Path

import pytest

from searchsvc.errors import InvalidDocument
from searchsvc.ingest.sources import DataItem, FileItem, Item, Plan, ProblemItem, plan_sources

PDF = b"%PDF-1.4\n"


def items(plan: Plan, max_line_bytes: int = 1000) -> list[Item]:
    return list(plan.items(max_line_bytes=max_line_bytes))


def write(path: Path, content: bytes = PDF) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_folders_are_searched_for_pdfs_of_any_name(tmp_path: Path):
    """PDFs are found at any depth, under odd names, and by their content; hidden and other files are left out."""
    folder = tmp_path / "rat"
    for name in ("a.pdf", "B.PDF", "mit leer zeichen/ü.pdf", "tief/er/c.pdf", "getfile.php"):
        write(folder / name)
    write(folder / os.fsdecode(b"Stra\xdfe\n.pdf"))
    for name in (".versteckt.pdf", ".git/x.pdf", "bild.jpg", "a.pdf.json"):
        write(folder / name, b"{}")
    plan = plan_sources([folder])
    labels = {os.path.relpath(item.label, folder) for item in items(plan)}
    assert labels == {"B.PDF", "a.pdf", "getfile.php", "Straße .pdf", "mit leer zeichen/ü.pdf", "tief/er/c.pdf"}
    assert plan.skipped == 2
    assert plan.total_bytes == 6 * len(PDF)


def test_folders_are_searched_for_other_documents_too(tmp_path: Path):
    """Office documents, web pages and plain text are found by their names; so is what will be refused as such."""
    names = ("a.docx", "b.odt", "c.RTF", "d.html", "e.txt", "f.doc", "g.xlsx")
    for name in names:
        write(tmp_path / "rat" / name, b"x")
    assert [Path(item.label).name for item in items(plan_sources([tmp_path / "rat"]))] == list(names)


def test_links_in_a_circle_end(tmp_path: Path):
    """A folder that contains itself is visited once; a link to nowhere is a problem of its own."""
    write(tmp_path / "rat" / "a.pdf")
    (tmp_path / "rat" / "again").symlink_to(tmp_path / "rat")
    (tmp_path / "rat" / "gone.pdf").symlink_to(tmp_path / "nothing.pdf")
    found = items(plan_sources([tmp_path]))
    assert [type(item) for item in found] == [ProblemItem, FileItem]


def test_what_is_no_file_is_a_problem(tmp_path: Path):
    """A missing path and a pipe are named; a pipe is never opened."""
    os.mkfifo(tmp_path / "pipe.pdf")
    found = items(plan_sources([tmp_path / "none.pdf", tmp_path / "pipe.pdf"]))
    assert [item.kind for item in found if isinstance(item, ProblemItem)] == ["unreadable", "unreadable"]


def test_a_sidecar_belongs_to_its_file(tmp_path: Path):
    """NAME.pdf.json gives the metadata; a broken one is the failure of its document only."""
    write(tmp_path / "a.pdf")
    write(tmp_path / "a.pdf.json", b'\xef\xbb\xbf{"title": "Haushalt"}')
    write(tmp_path / "b.pdf")
    write(tmp_path / "b.pdf.json", b"{")
    write(tmp_path / "c.pdf")
    write(tmp_path / "c.pdf.json", b"[1]")
    good, *bad = items(plan_sources([tmp_path]))
    assert isinstance(good, FileItem)
    assert good.metadata == {"title": "Haushalt"}
    assert [item.kind for item in bad if isinstance(item, ProblemItem)] == ["invalid_document"] * 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", '[{"file": "x/a.pdf", "title": "A", "kommune": {"name": "Brühl"}}]'),
        ("m.json", '{"x/a.pdf": {"title": "A", "kommune": {"name": "Brühl"}}}'),
        ("m.ndjson", '{"file": "x/a.pdf", "title": "A", "kommune": {"name": "Brühl"}}\n\n'),
        ("m.csv", "file;title;kommune.name;date\r\nx/a.pdf;A;Brühl;\r\n"),
        ("m.csv", 'title,file,kommune.name\n"A",x/a.pdf,Brühl\n'),
    ],
)
def test_a_manifest_may_have_several_forms(tmp_path: Path, name: str, content: str):
    """JSON, NDJSON and CSV say the same; without paths the files of the manifest are imported."""
    write(tmp_path / "x" / "a.pdf")
    write(tmp_path / "x" / "other.pdf")
    manifest = write(tmp_path / name, content.encode())
    (item,) = items(plan_sources([], manifest))
    assert isinstance(item, FileItem)
    assert item.metadata == {"title": "A", "kommune": {"name": "Brühl"}}
    with_paths = items(plan_sources([tmp_path], manifest))
    assert len(with_paths) == 2


def test_csv_lists_and_numbers_are_understood(tmp_path: Path):
    """What a spreadsheet program on Windows writes is read, lists and numbers included."""
    write(tmp_path / "a.pdf")
    text = "file;organizations;keywords;page_count;size;title\r\na.pdf;Rat|Ausschuss;Bäume;4;x;Straße\r\n"
    manifest = write(tmp_path / "m.csv", text.encode("cp1252"))
    (item,) = items(plan_sources([], manifest))
    assert isinstance(item, FileItem)
    assert item.metadata == {
        "organizations": ["Rat", "Ausschuss"],
        "keywords": ["Bäume"],
        "page_count": 4,
        "size": "x",
        "title": "Straße",
    }


def test_the_manifest_wins_over_the_sidecar(tmp_path: Path):
    """Where both say something about a field, the manifest does so for this import."""
    write(tmp_path / "a.pdf")
    write(tmp_path / "a.pdf.json", b'{"title": "alt", "date": "2013-01-01"}')
    manifest = write(tmp_path / "m.json", b'[{"file": "a.pdf", "title": "neu"}]')
    (item,) = items(plan_sources([tmp_path / "a.pdf"], manifest))
    assert isinstance(item, FileItem)
    assert item.metadata == {"title": "neu", "date": "2013-01-01"}


def test_bad_rows_of_a_manifest_are_named(tmp_path: Path):
    """A row without a file, a second one for the same file, and files that are not there fail on their own."""
    write(tmp_path / "a.pdf")
    rows = [{"file": "a.pdf"}, {"file": "./a.pdf"}, {"title": "x"}, 5, {"file": "gone.pdf"}, {"file": "\0"}]
    manifest = write(tmp_path / "m.json", json.dumps(rows).encode())
    for paths in ([], [tmp_path / "a.pdf"]):
        found = items(plan_sources(paths, manifest))
        assert sum(isinstance(item, ProblemItem) for item in found) == 5
        assert sum(isinstance(item, FileItem) for item in found) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("m.json", b"{"), ("m.json", b"5"), ("m.csv", b"a;b\n1;2\n"), ("m.json", b"[" * 100_000)]
)
def test_a_manifest_that_cannot_be_read_is_refused(tmp_path: Path, name: str, content: bytes):
    """Without a readable manifest nothing is imported under wrong names."""
    with pytest.raises(InvalidDocument, match="manifest"):
        plan_sources([], write(tmp_path / name, content))


@pytest.mark.parametrize("suffix", [".ndjson", ".jsonl", ".ndjson.xz", ".jsonl.xz"])
def test_bad_lines_do_not_sink_the_others(tmp_path: Path, suffix: str):
    """Each line stands for itself, with its number in the message."""
    lines = [
        b'\xef\xbb\xbf{"id": "1"}',
        b"",
        b"{",
        b'{"id": "' + b"x" * 2000 + b'"}',
        b"\xff",
        b"[" * 900,
        b'{"id": "2"}',
    ]
    content = b"\n".join(lines)
    path = write(tmp_path / f"a{suffix}", lzma.compress(content) if suffix.endswith("xz") else content)
    found = items(plan_sources([path]))
    assert [item.data for item in found if isinstance(item, DataItem)] == [{"id": "1"}, {"id": "2"}]
    labels = [item.label.rpartition(":")[2] for item in found if isinstance(item, ProblemItem)]
    assert labels == ["3", "4", "5", "6"]
    assert sum(item.weight for item in found) <= path.stat().st_size


def test_a_damaged_archive_keeps_what_came_before(tmp_path: Path):
    """What can be unpacked of a cut-off archive is imported, and the rest is named."""
    packed = lzma.compress(b"".join(b'{"id": "%d"}\n' % number for number in range(50_000)))
    found = items(plan_sources([write(tmp_path / "a.ndjson.xz", packed[: len(packed) // 2])]))
    assert isinstance(found[-1], ProblemItem)
    assert "damaged" in found[-1].message
    assert len(found) > 1
