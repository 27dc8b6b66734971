"""Fixtures of the web tests: an application over a real store and an engine whose answers a test can set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from index.contract import (
    Bounds,
    Bucket,
    Completion,
    DateInterval,
    Document,
    EngineState,
    EngineStats,
    Facet,
    FacetName,
    Hit,
    Kommune,
    Paper,
    SearchRequest,
    SearchResult,
    Snippet,
    TextQuality,
)
from searchsvc.settings import Settings
from searchsvc.store import Store, open_store
from searchsvc.web import create_app

BRUEHL = Kommune("bruehl", "Brühl", "05362012")
KOELN = Kommune("koeln", "Köln")


def make_document(document_id: str = "vorlage-1", **values: Any) -> Document:
    """Return a document like the ones councils publish."""
    given: dict[str, Any] = {
        "title": "Vorlage (Arbeitsschwerpunkte des KI im REK)",
        "kommune": BRUEHL,
        "date": date(2013, 11, 13),
        "file_name": "vorlage.pdf",
        "mime_type": "application/pdf",
        "size": 51_200,
        "page_count": 2,
        "created": datetime(2013, 11, 5, 17, 23, tzinfo=UTC),
        "modified": datetime(2013, 11, 5, 17, 23, tzinfo=UTC),
        "paper": Paper("https://rat.example/paper/1", "Kommunales Integrationszentrum", "312/2013", "Vorlage"),
        "organizations": ("Ausschuss für Soziales", "Rat"),
        "text_quality": TextQuality.DIGITAL,
        "pages": ("Einleitung: Integration findet vor Ort statt.", "Das Integrationszentrum des Kreises."),
    }
    return Document(id=document_id, **(given | values))


def make_hit(document_id: str = "vorlage-1", **values: Any) -> Hit:
    """Return a hit for ``make_document``."""
    document = make_document(document_id)
    given: dict[str, Any] = {
        "score": 7.31234,
        "title": document.title,
        "title_html": "Vorlage (<mark>Arbeitsschwerpunkte</mark> des KI im REK)",
        "kommune": document.kommune,
        "date": document.date,
        "paper": document.paper,
        "organizations": document.organizations,
        "file_name": document.file_name,
        "mime_type": document.mime_type,
        "page_count": document.page_count,
        "size": document.size,
        "text_quality": document.text_quality,
        "indexed_at": datetime(2024, 1, 1, tzinfo=UTC),
        "snippets": (Snippet(2, "Das <mark>Integrationszentrum</mark> des Kreises."),),
    }
    return Hit(id=document_id, **(given | values))


def make_facets() -> tuple[Facet, ...]:
    """Return counts of two Kommunen, two years and some documents without date."""
    return (
        Facet(FacetName.KOMMUNE, (Bucket("bruehl", "Brühl", 12), Bucket("koeln", "Köln", 3)), other=0, missing=1),
        Facet(
            FacetName.DATE,
            (
                Bucket("2012", "2012", 4, start=date(2012, 1, 1), end=date(2012, 12, 31)),
                Bucket("2013", "2013", 11, start=date(2013, 1, 1), end=date(2013, 12, 31)),
            ),
            missing=1,
            interval=DateInterval.YEAR,
        ),
    )


def make_result(hits: Sequence[Hit] = (), **values: Any) -> SearchResult:
    """Return a result with the given hits and ``make_facets``."""
    given: dict[str, Any] = {
        "total": len(hits),
        "total_all_words": values.get("total", len(hits)),
        "total_documents": len(hits),
        "facets": make_facets(),
        "page": 1,
        "per_page": 10,
        "next_cursor": None,
        "relaxed": False,
        "warnings": (),
        "did_you_mean": None,
        "generation": "g1",
        "took_ms": 1.9,
    }
    return SearchResult(hits=tuple(hits), **(given | values))


@dataclass
class SetEngine:
    """A search engine that answers what a test sets; requests are kept, ``error`` is raised if set."""

    result: SearchResult | Callable[[SearchRequest], SearchResult] = field(default_factory=make_result)
    completions: tuple[Completion, ...] = ()
    similar_hits: tuple[Hit, ...] = ()
    scanned: Iterable[Hit] = ()
    generation: str = "g1"
    documents_by_kommune: tuple[tuple[Kommune | None, int], ...] = ((BRUEHL, 12), (KOELN, 3))
    applied: int = 10**9
    error: Exception | None = None
    requests: list[SearchRequest] = field(default_factory=list)
    others: list[tuple[str, str, object]] = field(default_factory=list)

    def _check(self) -> None:
        if self.error is not None:
            raise self.error

    def within(self, bounds: Bounds) -> SetEngine:
        """Answer the same, and keep the bounds."""
        self.others.append(("within", bounds.mark, bounds))
        return self

    def search(self, request: SearchRequest) -> SearchResult:
        """Return the set result, with the request's page."""
        self._check()
        self.requests.append(request)
        if callable(self.result):
            return self.result(request)
        return replace(self.result, page=None if request.cursor else request.page, per_page=request.per_page)

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        """Return the set hits one by one."""
        self._check()
        self.requests.append(request)
        return iter(self.scanned)

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        """Find all of them."""
        self._check()
        self.requests.append(request)
        return document_ids

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        """Return the set completions."""
        self._check()
        self.others.append(("suggest", prefix, limit))
        return self.completions[:limit]

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        """Return the set similar documents."""
        self._check()
        self.others.append(("similar", document_id, limit))
        return self.similar_hits[:limit]

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        """Mark the query where it stands literally."""
        self._check()
        self.others.append(("highlight", q, exact))
        texts = [str(escape(page)) for page in pages]
        return [text.replace(q, f"<mark>{q}</mark>") for text in texts] if q else texts

    def stats(self) -> EngineStats:
        """Return counts that fit the set Kommunen."""
        self._check()
        documents = sum(count for _, count in self.documents_by_kommune)
        newest = date(2013, 11, 13) if documents else None
        return EngineStats(documents, self.documents_by_kommune, newest, self.applied, "g1", "f1", 1000, 1)

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        self._check()
        read(0)

    def state(self) -> EngineState:
        """Be ready unless an error is set."""
        if self.error is not None:
            return EngineState(ready=False, reason=str(self.error))
        return EngineState(ready=True, generation=self.generation, applied_change=self.applied)

    def close(self) -> None:
        """Do nothing."""


@pytest.fixture
def web_settings(tmp_path: Path) -> Settings:
    """Settings of a service that keeps its data in a temporary folder."""
    return Settings(data_dir=tmp_path / "data", refresh_timeout_s=0.2, max_upload_mb=2, max_text_mb=1)


@pytest.fixture
def web_store(web_settings: Settings) -> Iterator[Store]:
    """A real, empty store."""
    with open_store(web_settings) as store:
        yield store


@pytest.fixture
def set_engine() -> SetEngine:
    """An engine whose answers the test sets."""
    return SetEngine()


@pytest.fixture
def web_app(web_settings: Settings, web_store: Store, set_engine: SetEngine) -> Flask:
    """The application over the real store and the set engine."""
    return create_app(web_settings, engine=set_engine, store=web_store)


@pytest.fixture
def web(web_app: Flask) -> FlaskClient:
    """A client of ``web_app``."""
    return web_app.test_client()


@pytest.fixture
def write_headers(web_store: Store) -> dict[str, str]:
    """Headers with a key that may write."""
    return {"Authorization": f"Bearer {web_store.keys.create('tests', ['write'])}"}
