"""A full disk: reading goes on, writing is refused with a clear answer, and it is over when there is space again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from searchsvc.settings import Settings
from searchsvc.store import Store, open_store
from tests.fixtures_web import make_document
from tests.gunicorn_server import running_gunicorn
from tests.oparl_server import pdf as pdf_of
from tests.small_disk import fill, small_disk

READS = (
    "/healthz", "/", "/?q=Integration", "/dokumente/vorlage-1", "/api/v1/search?q=x", "/api/v1/documents/vorlage-1",
    "/api/v1/documents/vorlage-1/text", "/api/v1/export", "/metrics", "/api/v1/status", "/feed.atom",
)  # fmt: skip
FULL = "insufficient_storage"
TEXT = "Wort " * 400_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 60 MB."""
    with small_disk(tmp_path / "disk", megabytes=60) as folder:
        yield folder


def bulk(client: httpx.Client, lines: int) -> httpx.Response:
    body = "".join(f'{{"id": "d{number}", "text": "Wort {number}"}}\n' for number in range(lines))
    return client.post("/api/v1/documents/bulk", content=body, headers={"Content-Type": "application/x-ndjson"})


def upload(client: httpx.Client, content: bytes) -> httpx.Response:
    return client.post("/api/v1/documents", files={"file": ("a.pdf", content, "application/pdf")})


def test_reading_goes_on_and_writing_comes_back(disk: Path) -> None:
    """Every writer is refused 503 with the reason, every reader answered; with space again everything works."""
    settings = Settings(data_dir=disk / "data", sample=False, public_url="https://suche.example")
    large = pdf_of("Ein Wort") + b"\n%" + b"x" * 3_000_000
    with open_store(settings) as store:
        store.documents.put(make_document())
        key = store.keys.create("full", ("write",))
        with (
            running_gunicorn(settings, store, SEARCHSVC_WEB_WORKERS="2") as url,
            httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client,
        ):
            for path in READS:
                assert client.get(path).status_code == 200, path
            filler = fill(disk)
            for _ in range(3):
                for path in READS:
                    assert client.get(path).status_code == 200, path
                answers = {
                    "put": client.put("/api/v1/documents/neu", json={"text": TEXT}),
                    "bulk": bulk(client, 20_000),
                    "upload": upload(client, large),
                    "report": client.post("/dokumente/vorlage-1/meldungen", data={"nachricht": TEXT[:10_000]}),
                }
                assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 503)
                for name in ("put", "bulk", "upload"):
                    assert answers[name].json()["error"]["code"] == FULL, name
                    assert answers[name].headers["Retry-After"]
            filler.unlink()
            assert client.put("/api/v1/documents/neu", json={"text": TEXT}).status_code == 201
            assert bulk(client, 20_000).json()["errors"] == 0
            assert upload(client, large).status_code in (200, 201)
        assert not list(settings.uploads_dir.iterdir())


@pytest.mark.parametrize("trouble", ["full", "missing"])
def test_tmpdir_may_be_what_it_likes(
    tmp_path: Path, web_settings: Settings, web_store: Store, write_headers: dict[str, str], trouble: str
) -> None:
    """Uploads and bulk need no folder but the data folder."""
    with small_disk(tmp_path / "tmp", megabytes=1) as folder:
        fill(folder)
        place = folder if trouble == "full" else folder / "none"
        with (
            running_gunicorn(web_settings, web_store, TMPDIR=str(place)) as url,
            httpx.Client(base_url=url, headers=write_headers, timeout=30) as client,
        ):
            assert bulk(client, 20_000).json()["errors"] == 0
            assert upload(client, pdf_of("Ein Wort") + b"\n%" + b"x" * 3_000_000).status_code == 201
            for path in READS[:3]:
                assert client.get(path).status_code == 200
        assert [path.name for path in folder.iterdir()] == ["filler"]
