"""A search engine that tells what its searches took."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from index.contract import (
    Bounds,
    Completion,
    EngineState,
    EngineStats,
    Hit,
    SearchEngine,
    SearchRequest,
    SearchResult,
)


class MeasuredEngine:
    """Passes everything on to another engine and every result of a search to ``searched``."""

    def __init__(self, engine: SearchEngine, searched: Callable[[SearchResult], None]) -> None:
        self._engine = engine
        self._searched = searched

    def within(self, bounds: Bounds) -> SearchEngine:
        return MeasuredEngine(self._engine.within(bounds), self._searched)

    def search(self, request: SearchRequest) -> SearchResult:
        result = self._engine.search(request)
        self._searched(result)
        return result

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        return self._engine.scan(request)

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        return self._engine.matching(request, document_ids)

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        return self._engine.suggest(prefix, limit=limit)

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        return self._engine.similar(document_id, limit=limit)

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        return self._engine.highlight(pages, q, exact=exact)

    def stats(self) -> EngineStats:
        return self._engine.stats()

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        self._engine.verify(read)

    def state(self) -> EngineState:
        return self._engine.state()

    def close(self) -> None:
        self._engine.close()
