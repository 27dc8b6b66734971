"""Importing failed files again."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchsvc.ingest import FileReader, IngestReport, Pipeline
from searchsvc.ingest.retrying import plan_retries
from searchsvc.ingest.sources import plan_sources
from searchsvc.store import Store
from tests.fixtures_service import MakePdf
from tests.test_cli import searchsvc


def run(store: Store, extractor: FileReader, *paths: Path, kommune: str | None = None, manifest: Path | None = None):
    plan = plan_sources(paths, manifest)
    pipeline = Pipeline(store, extractor, default_kommune=kommune, manifest=manifest)
    return pipeline.run(plan.items(max_line_bytes=10_000))


def retry(store: Store, extractor: FileReader) -> IngestReport:
    report = IngestReport()
    for again in plan_retries(store.failures.with_source()).runs:
        pipeline = Pipeline(store, extractor, default_kommune=again.kommune, manifest=again.manifest, report=report)
        pipeline.run(again.plan.items(max_line_bytes=10_000))
    return report


def failed(store: Store) -> list[tuple[str, str]]:
    return sorted((one.item, one.kind) for one in store.failures.list())


def test_failed_files_are_imported_as_they_were(
    store: Store, extractor: FileReader, make_pdf: MakePdf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """From another folder, with the Kommune, sidecar and manifest of the first time, and under the same name."""
    monkeypatch.chdir(tmp_path)
    Path("rat").mkdir()
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        (tmp_path / "rat" / name).write_bytes(b"")
    manifest = tmp_path / "m.csv"
    manifest.write_text("file;id;title\nrat/b.pdf;b;Aus dem Manifest\n")
    Path("rat/a.pdf.json").write_text('{"id": "a"}')
    run(store, extractor, Path("rat/a.pdf"), Path("rat/c.pdf"), kommune="Brühl")
    run(store, extractor, Path("rat/b.pdf"), manifest=Path("m.csv"))
    assert failed(store) == [(f"rat/{name}.pdf", "empty_file") for name in "abc"]
    (tmp_path / "anderswo").mkdir()
    monkeypatch.chdir(tmp_path / "anderswo")
    make_pdf("rat/a.pdf")
    make_pdf("rat/b.pdf", pages=("anders",))
    report = retry(store, extractor)
    assert (report.stored, [one.item for one in report.failed]) == (2, ["rat/c.pdf"])
    assert failed(store) == [("rat/c.pdf", "empty_file")]
    first, second = (store.documents.get(name) for name in "ab")
    assert first is not None
    assert first.document.kommune is not None
    assert first.document.kommune.name == "Brühl"
    assert second is not None
    assert second.document.title == "Aus dem Manifest"


def test_lines_of_an_import_file_are_retried_with_it(store: Store, extractor: FileReader, tmp_path: Path):
    """Of an import file the good lines are unchanged and the mended ones are stored."""
    path = tmp_path / "a.ndjson"
    path.write_text('{"id": "1"}\n{"id": 2}\nunsinn\n')
    run(store, extractor, path)
    assert failed(store) == [(f"{path}:2", "invalid_document"), (f"{path}:3", "invalid_line")]
    path.write_text('{"id": "1"}\n{"id": "2"}\n{"id": "3"}\n')
    report = retry(store, extractor)
    assert (report.stored, report.unchanged, failed(store)) == (2, 1, [])


def test_a_manifest_that_is_gone_keeps_the_failure(store: Store, extractor: FileReader, tmp_path: Path):
    """Without its metadata a document would come out differently, so it is not imported."""
    (tmp_path / "a.pdf").write_bytes(b"")
    manifest = tmp_path / "m.csv"
    manifest.write_text("file;title\na.pdf;Titel\n")
    run(store, extractor, tmp_path / "a.pdf", manifest=manifest)
    manifest.unlink()
    assert [one.kind for one in retry(store, extractor).failed] == ["invalid_manifest"]
    assert failed(store) == [(str(tmp_path / "a.pdf"), "invalid_manifest")]


def test_files_in_a_folder_that_is_away_stay_failed(store: Store, extractor: FileReader, tmp_path: Path):
    """A share that is not mounted is no reason to forget what failed on it."""
    path = tmp_path / "freigabe" / "rat" / "a.pdf"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    run(store, extractor, path)
    (tmp_path / "freigabe").rename(tmp_path / "weg")
    retry(store, extractor)
    assert failed(store) == [(str(path), "unreadable")]


def test_retrying_by_command(tmp_path: Path, make_pdf: MakePdf):
    """``ingest --retry`` imports what was mended, forgets what is gone, and names what still fails."""
    data = tmp_path / "data"
    names = [tmp_path / f"{name}.pdf" for name in ("gone", "good", "still")]
    for path in names:
        path.write_bytes(b"")
    assert searchsvc(data, "ingest", *names).returncode == 1
    assert "3 empty_file" in searchsvc(data, "status").stdout
    names[0].unlink()
    make_pdf("good.pdf")
    done = searchsvc(data, "ingest", "--retry")
    assert done.returncode == 1
    assert f"forgotten: {names[0]}: the file is gone" in done.stderr
    assert f"failed: {names[2]}: empty_file" in done.stderr
    assert done.stdout == "1 stored, 0 unchanged, 1 failed: empty_file 1 (1 page)\n"
    names[2].unlink()
    assert searchsvc(data, "ingest", "--retry").returncode == 0
    assert searchsvc(data, "ingest", "--retry", tmp_path).returncode == 2
