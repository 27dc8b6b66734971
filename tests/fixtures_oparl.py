"""Fixtures of the OParl importer: a server, and a mirror of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from index.contract import Document
from searchsvc.ingest import FileReader
from searchsvc.oparl import ImportReport, client, import_source
from searchsvc.settings import Settings
from searchsvc.store import OParlChanges, OParlSource, Store
from tests.oparl_server import OParlServer, running_server


@dataclass(slots=True)
class Mirror:
    """A store that mirrors a server."""

    server: OParlServer
    store: Store
    settings: Settings
    extractor: FileReader

    def run(self, url: str | None = None, **options: Any) -> ImportReport:
        """Import, after forgetting which requests were made before."""
        self.server.forget_requests()
        settings = options.pop("settings", self.settings)
        source = self.store.oparl_sources.add(url or self.server.system_url, kommune=options.pop("kommune", None))
        return import_source(settings, self.store, source, extractor=self.extractor, **options)

    @property
    def source(self) -> OParlSource:
        """The source of the server's system."""
        found = self.store.oparl_sources.get(self.server.system_url)
        assert found is not None
        return found

    def documents(self) -> dict[str, Document]:
        """Return all documents by the last part of their ids."""
        _, found = self.store.documents.snapshot()
        return {document.id.rpartition("/")[2]: document for document in found}

    def document(self, name: str) -> Document:
        """Return a document by the last part of its id."""
        return self.documents()[name]

    def make_due(self, name: str) -> None:
        """Let it be time to try a file again that failed."""
        file_id = self.server.city.url("file", name)
        state = self.store.oparl_objects.files([file_id])[file_id]
        assert state.retry_at is not None
        state = type(state)(**{**_fields(state), "retry_at": datetime.now(UTC) - timedelta(minutes=1)})
        self.store.oparl_objects.commit(OParlChanges(files={file_id: state}))


def _fields(state: Any) -> dict[str, Any]:
    return {name: getattr(state, name) for name in state.__dataclass_fields__}


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between attempts too short to notice."""
    monkeypatch.setattr(client, "_FIRST_PAUSE_S", 0.01)


@pytest.fixture
def oparl_server() -> Iterator[OParlServer]:
    """A server of a small city."""
    with running_server() as server:
        yield server


@pytest.fixture
def mirror(
    oparl_server: OParlServer,
    store: Store,
    service_settings: Settings,
    extractor: FileReader,
    quick_retries: None,
) -> Mirror:
    """A store that mirrors the server of a small city, nothing imported yet."""
    changes = {"oparl_allow_private_hosts": True, "oparl_delay_s": 0, "oparl_timeout_s": 5, "oparl_attempts": 2}
    return Mirror(oparl_server, store, service_settings.model_copy(update=changes), extractor)
