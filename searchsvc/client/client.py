"""The client: one method for each thing the service does."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar
from urllib.parse import quote

import httpx

from searchsvc.client.errors import ApiError, ConnectionFailed, SearchServiceError, error_for
from searchsvc.client.models import (
    Answer,
    BulkItem,
    ChangeList,
    Completion,
    Document,
    Hit,
    Metadata,
    Page,
    SearchResult,
    WriteResult,
)

Parameter: TypeAlias = str | int | bool | dt.date | Sequence[str] | None
"""A parameter of a search; None counts as not given. Lists for what may be repeated and for comma lists."""

A = TypeVar("A", bound=Answer)

_COMMA_LISTS = ("facets", "fields")
_PASSING = (429, 503)
_BULK_LINES = 1_000
_BULK_BYTES = 8_000_000
_LONGEST_PAUSE_S = 60.0


@dataclass(slots=True)
class BulkReport:
    """What a bulk write did: how many items by status, those that failed, the number of the last change."""

    counts: dict[str, int] = field(default_factory=dict)
    failed: list[BulkItem] = field(default_factory=list)
    last_change: int | None = None
    searchable: bool = True

    @property
    def count(self) -> int:
        """Number of items."""
        return sum(self.counts.values())


class Client:
    """Asks one service. Keeps connections open; safe to use from many threads. Close it, or use it in ``with``.

    Requests that fail for the moment (429, 503, broken connections) are sent again up to ``attempts`` times in all,
    after the time the service asks for or a growing pause. Every write but an upload without an id of its own may be
    sent twice without harm, and that one stores the same file under the same id.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout_s: float = 30.0,
        attempts: int = 4,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"User-Agent": "searchsvc-client", "Accept": "application/json"}
        if api_key is not None:
            headers["Authorization"] = f"Bearer {api_key}"
        self._http = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout_s, transport=transport, follow_redirects=False
        )
        self._attempts = attempts
        self._sleep = sleep

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def search(self, q: str = "", **parameters: Parameter) -> SearchResult:
        """Search; ``parameters`` are those of ``GET /api/v1/search``: ``kommune=["Brühl"]``, ``sort="-date"``."""
        return self._get("/search", SearchResult, _query({"q": q} | parameters))

    def hits(self, q: str = "", **parameters: Parameter) -> Iterator[Hit]:
        """Yield all hits of a search, in its order, a page at a time. Takes the parameters of ``search``."""
        cursor: str | None = None
        wanted: dict[str, Parameter] = {"per_page": 100, "facets": (), **parameters}
        while True:
            result = self.search(q, **wanted, cursor=cursor)
            yield from result.hits
            if (cursor := result.next_cursor) is None:
                return

    def msearch(self, searches: Sequence[Mapping[str, Any]]) -> list[SearchResult | ApiError]:
        """Search several times in one request (at most 20); a search that is refused gives its error."""
        body = {"searches": [_plain(one) for one in searches]}
        results: list[SearchResult | ApiError] = []
        for value in self._json("POST", "/msearch", json=body)["results"]:
            if "error" in value:
                error = value["error"]
                results.append(error_for(400)(400, error["code"], error["message"], field=error["field"]))
            else:
                results.append(SearchResult.model_validate(value))
        return results

    def suggest(self, q: str, limit: int = 8) -> tuple[Completion, ...]:
        """Complete what is being typed."""
        found = self._json("GET", "/suggest", params={"q": q, "limit": limit})["suggestions"]
        return tuple(map(Completion.model_validate, found))

    def export(self, q: str = "", **parameters: Parameter) -> Iterator[Metadata]:
        """Yield the metadata of all hits, from one state of the index, while they arrive.

        Faster than ``hits``, without snippets. Raises ``ConnectionFailed`` if it breaks off; begin again then.
        """
        request = self._http.build_request("GET", "/api/v1/export", params=_query({"q": q} | parameters))
        response = self._send(request, stream=True)
        try:
            for line in response.iter_lines():
                yield Metadata.model_validate_json(line)
        except httpx.TransportError as error:
            raise ConnectionFailed(f"the export broke off: {error}") from error
        finally:
            response.close()

    def document(self, document_id: str) -> Document:
        """Return a document's metadata. Raises ``NotFound``."""
        response = self._request("GET", _path(document_id))
        return Document.model_validate(_parsed(response) | {"etag": response.headers.get("ETag")})

    def text(self, document_id: str) -> tuple[Page, ...]:
        """Return a document's text by page. Raises ``NotFound``."""
        return tuple(map(Page.model_validate, self._json("GET", f"{_path(document_id)}/text")["pages"]))

    def similar(self, document_id: str, limit: int = 5) -> tuple[Hit, ...]:
        """Return documents like one. Raises ``NotFound``."""
        found = self._json("GET", f"{_path(document_id)}/similar", params={"limit": limit})["hits"]
        return tuple(map(Hit.model_validate, found))

    def put(
        self,
        document: Mapping[str, Any],
        *,
        refresh: bool = False,
        if_match: str | None = None,
        only_new: bool = False,
    ) -> WriteResult:
        """Store a document, a mapping with ``id`` as the documentation has it, replacing what was there.

        ``refresh``: wait until searches see it. ``if_match``: only if the document still has this ``etag``;
        ``only_new``: only if there is none; otherwise ``Conflict``.
        """
        body = _plain(document)
        headers = {"If-Match": if_match} if if_match is not None else {}
        headers |= {"If-None-Match": "*"} if only_new else {}
        response = self._request(
            "PUT", _path(str(document["id"])), json=body, headers=headers, params=_refresh(refresh)
        )
        return WriteResult.model_validate(_parsed(response) | {"etag": response.headers.get("ETag")})

    def delete(self, document_id: str, *, refresh: bool = False, if_match: str | None = None) -> WriteResult:
        """Delete a document. Raises ``NotFound`` or ``Conflict``."""
        headers = {"If-Match": if_match} if if_match is not None else {}
        deleted = self._json("DELETE", _path(document_id), headers=headers, params=_refresh(refresh))
        return WriteResult.model_validate(deleted)

    def upload(self, file: Path, metadata: Mapping[str, Any] | None = None, *, refresh: bool = False) -> WriteResult:
        """Store a PDF; its text is read by the service. Without ``id`` in ``metadata`` its checksum is its id."""
        files: dict[str, Any] = {"file": (file.name, file.read_bytes(), "application/pdf")}
        data = {"metadata": json.dumps(_plain(metadata or {}))}
        response = self._request("POST", "/documents", files=files, data=data, params=_refresh(refresh))
        return WriteResult.model_validate(_parsed(response) | {"etag": response.headers.get("ETag")})

    def bulk(
        self,
        items: Iterable[Mapping[str, Any]],
        *,
        refresh: bool = False,
        progress: Callable[[Sequence[BulkItem]], Any] | None = None,
    ) -> BulkReport:
        """Store and delete any number of documents, a few at a time: mappings with ``id``, or ``{"delete": id}``.

        ``progress`` gets what became of each item while they go through. Items that fail are in the report and never
        keep others from being stored. ``refresh``: wait, at the end, until searches see all of them.
        """
        report = BulkReport()
        lines = (json.dumps(_plain(item), ensure_ascii=False).encode() + b"\n" for item in items)
        sent = 0
        for chunk, is_last in _marked_last(_chunks(lines)):
            answer = self._json(
                "POST",
                "/documents/bulk",
                content=b"".join(chunk),
                headers={"Content-Type": "application/x-ndjson"},
                params=_refresh(refresh and is_last),
            )
            done = [BulkItem.model_validate(item | {"line": item["line"] + sent}) for item in answer["items"]]
            sent += len(chunk)
            for item in done:
                report.counts[item.status] = report.counts.get(item.status, 0) + 1
            report.failed += [item for item in done if item.status == "error"]
            report.last_change = answer["last_change"] or report.last_change
            report.searchable = answer["searchable"]
            if progress is not None:
                progress(done)
        return report

    def changes(
        self, since: int = 0, *, history: str | None = None, limit: int = 100, text: bool = False
    ) -> Iterator[ChangeList]:
        """Yield what has changed after a number until there is no more, in portions of at most ``limit`` changes.

        Keep ``next`` and ``history`` of each portion when you have applied it, and begin there the next time. Raises
        ``Conflict`` when the history is another one: forget everything and begin with 0.
        """
        while True:
            wanted = {"since": since, "history": history, "limit": limit, "text": text}
            portion = self._get("/changes", ChangeList, _query(wanted))
            yield portion
            if not portion.more:
                return
            since, history = portion.next, portion.history

    def status(self) -> dict[str, Any]:
        """Return what is in the collection and how current it is."""
        return self._json("GET", "/status")

    def _get(self, path: str, model: type[A], params: Mapping[str, Any]) -> A:
        return model.model_validate(self._json("GET", path, params=params))

    def _json(self, method: str, path: str, **values: Any) -> dict[str, Any]:
        return _parsed(self._request(method, path, **values))

    def _request(self, method: str, path: str, **values: Any) -> httpx.Response:
        return self._send(self._http.build_request(method, f"/api/v1{path}", **values))

    def _send(self, request: httpx.Request, *, stream: bool = False) -> httpx.Response:
        """Send a request, again if it fails for the moment. Raises what a last failure means."""
        for attempt in range(1, self._attempts + 1):
            pause_s = min(0.25 * 2.0**attempt, _LONGEST_PAUSE_S)
            try:
                response = self._http.send(request, stream=stream)
            except httpx.TransportError as error:
                if attempt == self._attempts:
                    raise ConnectionFailed(f"{request.url.copy_with(query=None)}: {error}") from error
            else:
                if response.is_success:
                    return response
                response.read()
                response.close()
                error_told = _error(response)
                if response.status_code not in _PASSING or attempt == self._attempts:
                    raise error_told
                pause_s = min(error_told.retry_after_s or pause_s, _LONGEST_PAUSE_S)
            self._sleep(pause_s)
        raise ValueError("attempts must be 1 or more")


def _error(response: httpx.Response) -> ApiError:
    """Return what an answer of 300 or more means; also one that is not the service's own, as a proxy's."""
    told: dict[str, Any] = {"code": "unexpected_answer", "message": f"the answer is no JSON: {response.text[:200]!r}"}
    request_id = response.headers.get("X-Request-ID")
    try:
        body = response.json()
        told = dict(body["error"])
        request_id = body.get("request_id", request_id)
    except (ValueError, LookupError, TypeError):
        pass
    retry_after = response.headers.get("Retry-After", "")
    return error_for(response.status_code)(
        response.status_code,
        str(told.get("code")),
        str(told.get("message")),
        field=told.get("field"),
        request_id=request_id,
        retry_after_s=float(retry_after) if retry_after.isdecimal() else None,
    )


def _parsed(response: httpx.Response) -> dict[str, Any]:
    try:
        value = response.json()
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise SearchServiceError(f"{response.url.copy_with(query=None)} does not answer as the search service does")
    return value


def _path(document_id: str) -> str:
    return f"/documents/{quote(document_id, safe=':')}"


def _refresh(wanted: bool) -> dict[str, str]:
    return {"refresh": "wait"} if wanted else {}


def _query(parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """Return parameters as they stand in an address."""
    written: dict[str, Any] = {}
    for name, value in parameters.items():
        if value is None:
            continue
        if isinstance(value, str) or not isinstance(value, Sequence):
            written[name] = _written(value)
        elif name in _COMMA_LISTS:
            written[name] = ",".join(value)
        else:
            written[name] = list(value)
    return written


def _written(value: str | float | dt.date) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: models as objects, dates as texts; parameters that are None are left out."""
    if isinstance(value, Answer):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def _chunks(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Put lines together, as many as one request should have."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) >= _BULK_LINES or size + len(line) > _BULK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def _marked_last(chunks: Iterator[list[bytes]]) -> Iterator[tuple[list[bytes], bool]]:
    """Yield each chunk and whether it is the last one."""
    current = next(chunks, None)
    while current is not None:
        following = next(chunks, None)
        yield current, following is None
        current = following
