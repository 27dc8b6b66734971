"""Fixtures of the service core: settings, a store, PDFs made on the spot."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from reportlab.lib import pdfencrypt
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from searchsvc.ingest import FileLimits, FileReader
from searchsvc.settings import Settings
from searchsvc.store import Store, open_store

MakePdf = Callable[..., Path]

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture
def service_settings(tmp_path: Path) -> Settings:
    """Settings of a service with a data folder of its own."""
    return Settings(data_dir=tmp_path / "data", sample=False, worker_poll_s=0.01, pdf_timeout_s=20)


@pytest.fixture
def store(service_settings: Settings) -> Iterator[Store]:
    """An empty store on disk."""
    with open_store(service_settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def extractor() -> Iterator[FileReader]:
    """Processes that read PDFs, shared by all tests because starting them takes a while."""
    with FileReader(FileLimits(timeout_s=20, max_pages=50), processes=1) as started:
        yield started


@pytest.fixture
def make_pdf(tmp_path: Path) -> MakePdf:
    """A function that writes a PDF with one text per page."""

    def make(
        name: str = "vorlage.pdf",
        pages: tuple[str, ...] = ("Der Stadtrat beschließt den Haushalt.",),
        *,
        title: str | None = None,
        password: str | None = None,
        producer: str | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        encrypt = None if password is None else pdfencrypt.StandardEncryption(password, "owner", strength=128)
        canvas = Canvas(str(path), pagesize=A4, encrypt=encrypt, invariant=1)
        if title:
            canvas.setTitle(title)
        if producer:
            canvas.setProducer(producer)
        for text in pages:
            canvas.drawString(72, 700, text)
            canvas.showPage()
        canvas.save()
        return path

    return make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", folder], check=False, capture_output=True)
    if done.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def undo_servers(connection: sqlite3.Connection) -> None:
    """Take back what the migrations from ``0006_oparl_servers`` on do."""
    for table in ("takedown_marks", "moved_documents"):
        connection.execute(f"DROP TABLE {table}")
    for table, columns in (
        ("oparl_sources", ("observed", "on_deletion")),
        ("oparl_files", ("doomed", "asked_at", "trusted_at")),
        ("api_keys", ("filters", "expires_at", "per_minute", "signing", "former_signing")),
    ):
        for column in columns:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
