"""Imports: from files to documents in the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.contract import Kommune, TextQuality
from searchsvc.errors import InvalidDocument, StoreUnavailable, UnreadableFile
from searchsvc.ingest import FileReader, IngestReport, Pipeline, ingest_file, plan_sources
from searchsvc.store import Store, checksum_of
from tests.fixtures_service import MakePdf


def run(store: Store, extractor: FileReader, *paths: Path, kommune: str | None = None) -> IngestReport:
    plan = plan_sources(paths)
    return Pipeline(store, extractor, default_kommune=kommune).run(plan.items(max_line_bytes=10_000))


def test_a_file_becomes_a_document(store: Store, extractor: FileReader, make_pdf: MakePdf):
    """A PDF without any metadata is found by its checksum, with text, file and properties."""
    path = make_pdf("Vorlage 412.pdf", pages=("Haushalt", "Anlage"))
    report = run(store, extractor, path, kommune="Brühl")
    checksum = checksum_of(path)
    stored = store.documents.get(checksum)
    assert stored is not None
    document = stored.document
    assert (report.stored, report.pages, report.failed, report.last_change) == (1, 2, [], 1)
    assert (document.title, document.file_name) == ("Vorlage 412", "Vorlage 412.pdf")
    assert (document.sha256, document.size, document.page_count) == (checksum, path.stat().st_size, 2)
    assert (document.mime_type, document.text_quality) == ("application/pdf", TextQuality.DIGITAL)
    assert document.kommune == Kommune("bruehl", "Brühl")
    assert [page.strip() for page in document.pages] == ["Haushalt", "Anlage"]
    assert store.originals.is_intact(checksum)


def test_a_file_needs_no_kommune(store: Store, extractor: FileReader, make_pdf: MakePdf):
    """Without sidecar and option a document has no Kommune."""
    assert run(store, extractor, make_pdf()).stored == 1
    (change,) = store.documents.changes_after(0, 10)
    assert change.document is not None
    assert change.document.kommune is None


def test_sidecars_complete_the_document(store: Store, extractor: FileReader, make_pdf: MakePdf):
    """Metadata beside the file wins over what the file says of itself."""
    path = make_pdf(title="Titel aus der Datei")
    path.with_name(path.name + ".json").write_text('{"id": "v/1", "title": "Haushalt", "date": "2013-11-13"}')
    run(store, extractor, path, kommune="Brühl")
    stored = store.documents.get("v/1")
    assert stored is not None
    assert (stored.document.title, str(stored.document.date)) == ("Haushalt", "2013-11-13")
    assert stored.original_sha256 == checksum_of(path)


def test_importing_again_changes_nothing_and_reads_nothing(
    store: Store, extractor: FileReader, make_pdf: MakePdf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Importing twice equals importing once, also with copies of a file under several names."""
    for name in ("rat/a.pdf", "rat/b.pdf", "rat/c/a.pdf"):
        make_pdf(name)
    make_pdf("rat/d.pdf", pages=("anders",))
    first = run(store, extractor, tmp_path / "rat")
    assert first.failed == []
    assert store.documents.count() == 2
    before = store.documents.last_change()
    monkeypatch.setattr(FileReader, "extract", None)
    second = run(store, extractor, tmp_path / "rat")
    assert (second.stored, second.unchanged, second.failed) == (0, 4, [])
    assert store.documents.last_change() == before


def test_every_failure_is_named_and_kept_until_it_is_mended(
    store: Store, extractor: FileReader, make_pdf: MakePdf, tmp_path: Path
):
    """One bad file does not sink the others; its entry goes when it is imported at last."""
    make_pdf("rat/good.pdf")
    bad = tmp_path / "rat" / "bad.pdf"
    bad.write_bytes(b"")
    report = run(store, extractor, tmp_path / "rat")
    assert report.stored == 1
    assert [(one.item, one.kind) for one in report.failed] == [(str(bad), "empty_file")]
    assert [one.kind for one in store.failures.list(10)] == ["empty_file"]
    make_pdf("rat/bad.pdf", pages=("gut",))
    assert run(store, extractor, tmp_path / "rat").failed == []
    assert store.failures.count() == 0


def test_lines_are_imported_in_order(store: Store, extractor: FileReader, tmp_path: Path):
    """Documents as data are stored in batches; a bad one is named with its line."""
    lines = [{"id": str(number), "text": f"Nummer {number}"} for number in range(450)]
    lines[7]["datum"] = "2013"
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(map(json.dumps, lines)))
    report = run(store, extractor, path, kommune="Brühl")
    assert (report.stored, report.last_change) == (449, 449)
    assert [(one.item, one.kind) for one in report.failed] == [(f"{path}:8", "invalid_document")]
    assert report.done_bytes == path.stat().st_size
    assert [change.document_id for change in store.documents.changes_after(0, 3)] == ["0", "1", "2"]


def test_a_store_that_fails_ends_the_import(
    store: Store, extractor: FileReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An import does not go on when nothing can be stored; what was stored before stays."""
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(json.dumps({"id": str(number)}) for number in range(500)))
    put_many = store.documents.put_many

    def fail_later(batch):
        if store.documents.count():
            raise StoreUnavailable("the disk is full")
        return put_many(batch)

    monkeypatch.setattr(store.documents, "put_many", fail_later)
    with pytest.raises(StoreUnavailable):
        run(store, extractor, path)
    assert store.documents.count() == 200


def test_a_single_file_is_stored_or_refused(store: Store, extractor: FileReader, make_pdf: MakePdf, tmp_path: Path):
    """What an upload does: a document and its result, or an error and nothing stored."""
    document, result = ingest_file(store, extractor, make_pdf(), file_name="x.pdf", metadata={"id": "a"})
    assert (document.id, document.file_name, result.created) == ("a", "x.pdf", True)
    (tmp_path / "bad.pdf").write_bytes(b"<html>")
    with pytest.raises(UnreadableFile):
        ingest_file(store, extractor, tmp_path / "bad.pdf", file_name="bad.pdf")
    with pytest.raises(InvalidDocument, match="sha256"):
        ingest_file(store, extractor, make_pdf(), file_name="x.pdf", metadata={"sha256": "a" * 64})
    assert store.documents.count() == 1


def test_recognised_text_from_the_metadata_is_preferred(store: Store, extractor: FileReader, make_pdf: MakePdf):
    """Whoever has better text for a scan sends it along."""
    document, _ = ingest_file(
        store,
        extractor,
        make_pdf(pages=("",)),
        file_name="scan.pdf",
        metadata={"text": "Besser", "text_quality": "ocr"},
    )
    assert (document.pages, document.text_quality, document.page_count) == (("Besser",), TextQuality.OCR, 1)
