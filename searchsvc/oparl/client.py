"""Requests to OParl servers: bounded in size and time, repeated when that can help, counted."""

from __future__ import annotations

import importlib.metadata
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha1, sha256, sha512
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.nap import sleep_using_event

from searchsvc.ingest.file_kinds import SNIFFED_BYTES, is_web_page
from searchsvc.oparl.credentials import Credentials
from searchsvc.oparl.errors import ImportEnded
from searchsvc.outbound.addresses import Resolve, resolve
from searchsvc.outbound.certificates import refusal
from searchsvc.outbound.errors import FetchFailed, RequestStopped
from searchsvc.outbound.transport import PoliteTransport
from searchsvc.settings import Settings

T = TypeVar("T")

_MEGABYTE = 1_000_000
_MAX_REDIRECTS = 5
_MAX_URL_CHARS = 8_000
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_LONGEST_RETRY_AFTER_S = 900.0
"""A server that asks for more patience than this is left alone until the next import."""

_WHOLE_ANSWER_FACTOR = 20
"""How many times ``oparl_timeout_s`` a whole answer may take, so that none drips in for ever."""

_OUTAGES_IN_A_ROW = 5
"""After this many requests in vain, each with all its attempts, a host is taken to be down."""

_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
"""Encodings that unpack a piece of 64 kB to 65 MB at most."""

_STOPPED = "the import was stopped; the next one goes on from here"
_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})
_OUTAGE = frozenset({429, 502, 503, 504})
_NETWORK_ERRORS = (
    httpx.TransportError,
    httpx.DecodingError,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException)


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """A JSON value, the URL it came from after redirects, and the server's clock when it came."""

    value: Any
    url: str
    date: datetime | None


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What became of a request for a file: it was written, it has not changed, or it is gone for good."""

    outcome: str
    size: int = 0
    checksums: frozenset[str] = frozenset()
    sha256: str = ""
    etag: str | None = None
    last_modified: str | None = None
    mime_type: str | None = None

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    GONE = "gone"


class OParlClient:
    """Gets JSON and files. Safe to use from several threads."""

    def __init__(
        self, settings: Settings, *, resolve: Resolve = resolve, credentials: Credentials | None = None
    ) -> None:
        self._attempts = settings.oparl_attempts
        self._max_json_bytes = settings.max_json_mb * _MEGABYTE
        self._max_file_bytes = settings.max_upload_mb * _MEGABYTE
        self._max_run_bytes = settings.oparl_max_run_mb * _MEGABYTE
        self._whole_answer_s = settings.oparl_timeout_s * _WHOLE_ANSWER_FACTOR
        self._transport = PoliteTransport(
            concurrency=settings.oparl_concurrency,
            delay_s=settings.oparl_delay_s,
            allow_private=settings.oparl_allow_private_hosts,
            resolve=resolve,
            ca_file=settings.oparl_ca_file,
        )
        self._http = httpx.Client(
            transport=self._transport,
            trust_env=False,
            follow_redirects=True,
            max_redirects=_MAX_REDIRECTS,
            auth=credentials or Credentials({}),
            timeout=httpx.Timeout(settings.oparl_timeout_s, pool=None),
            headers={"User-Agent": user_agent(settings)},
        )
        self._lock = threading.Lock()
        self._outages: dict[tuple[str, str], int] = {}
        self._stopped = threading.Event()
        self.requests = 0
        self.received_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def stop(self) -> None:
        """Make no more requests; those that wait, for their turn or for another attempt, give up."""
        self._stopped.set()
        self._transport.stop()

    def get_json(
        self, url: str, *, attempts: int | None = None, redirected: Callable[[str], str] | None = None
    ) -> JsonAnswer:
        """Get a JSON value. ``redirected`` says what to ask for instead of where a redirect leads.

        Raises ``FetchFailed``, or ``ImportEnded`` when the host is down.
        """
        try:
            return self._persist(url, "list", lambda: self._get_json(url, redirected), attempts or self._attempts)
        except FetchFailed as error:
            if self._is_down(url, "list"):
                raise ImportEnded(f"the server does not answer any more; the last request: {error.message}") from error
            raise

    def get_object(self, url: str) -> JsonAnswer:
        """Get a single object that the import can do without. Raises ``FetchFailed``, also when its host is down."""
        self._refuse_if_down(url, "object")
        return self._persist(url, "object", lambda: self._get_json(url), self._attempts)

    def get_file(
        self, url: str, target: Path, *, etag: str | None = None, last_modified: str | None = None
    ) -> FileAnswer:
        """Write a file to ``target`` unless it is still the one that ``etag`` or ``last_modified`` belong to.

        Raises ``FetchFailed``, without asking when the host of the file is down; ``ImportEnded`` when this import has
        downloaded enough.
        """
        self._refuse_if_down(url, "file")
        return self._persist(url, "file", lambda: self._get_file(url, target, etag, last_modified), self._attempts)

    def _get_json(self, url: str, redirected: Callable[[str], str] | None = None) -> JsonAnswer:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        with self._answer(url, headers, redirected) as answer:
            _raise_for_status(answer, url)
            content = b"".join(self._content(answer, url, self._max_json_bytes, "max_json_mb"))
            date = _http_date(answer.headers.get("Date"))
            final_url = str(answer.url)
        try:
            # Control characters inside of texts are forbidden, and common.
            value = json.loads(_decoded(content), strict=False)
        except (ValueError, RecursionError) as error:
            if is_web_page(content[:SNIFFED_BYTES]):
                raise FetchFailed(
                    "not_json", url, "the server sent a web page where JSON belongs: it is being maintained, wants "
                    "somebody to sign in, or has moved", status=200, may_pass=True,
                ) from error  # fmt: skip
            raise FetchFailed(
                "not_json", url, f"the answer is not valid JSON ({error})", status=200, may_pass=True
            ) from error
        return JsonAnswer(value, final_url, date)

    def _get_file(self, url: str, target: Path, etag: str | None, last_modified: str | None) -> FileAnswer:
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        with self._answer(url, headers) as answer:
            if answer.status_code == httpx.codes.NOT_MODIFIED and (etag or last_modified):
                return FileAnswer(FileAnswer.UNCHANGED)
            if answer.status_code == httpx.codes.GONE:
                return FileAnswer(FileAnswer.GONE)
            _raise_for_status(answer, url)
            digests = {"sha1": sha1(usedforsecurity=False), "sha256": sha256(), "sha512": sha512()}
            size = 0
            with target.open("wb") as file:
                for chunk in self._content(answer, url, self._max_file_bytes, "max_upload_mb"):
                    file.write(chunk)
                    size += len(chunk)
                    for digest in digests.values():
                        digest.update(chunk)
            return FileAnswer(
                FileAnswer.WRITTEN,
                size=size,
                checksums=frozenset(f"{name}:{digest.hexdigest()}" for name, digest in digests.items()),
                sha256=digests["sha256"].hexdigest(),
                etag=_header(answer, "ETag"),
                last_modified=_header(answer, "Last-Modified"),
                mime_type=(_header(answer, "Content-Type") or "").partition(";")[0].strip().lower() or None,
            )

    @contextmanager
    def _answer(
        self, url: str, headers: dict[str, str], redirected: Callable[[str], str] | None = None
    ) -> Iterator[httpx.Response]:
        if self._stopped.is_set():
            raise ImportEnded(_STOPPED)
        with self._lock:
            self.requests += 1
        try:
            with self._stream(url, headers, redirected) as answer:
                _refuse_encodings(answer, url)
                yield answer
        except RequestStopped as error:
            raise ImportEnded(_STOPPED) from error
        except httpx.TooManyRedirects as error:
            raise FetchFailed("too_many_redirects", url, f"more than {_MAX_REDIRECTS} redirects") from error
        except (httpx.UnsupportedProtocol, httpcore.UnsupportedProtocol, httpx.InvalidURL, UnicodeError) as error:
            raise FetchFailed("invalid_url", url, f"cannot be asked for: {error}") from error
        except _TIMEOUTS as error:
            raise FetchFailed(
                "timeout", url, "no answer in time (oparl_timeout_s)", may_pass=True, is_outage=True
            ) from error
        except _NETWORK_ERRORS as error:
            if (reason := refusal(error)) is not None:
                raise FetchFailed("unreachable", url, reason, is_outage=True) from error
            raise FetchFailed(
                "unreachable",
                url,
                f"the connection failed ({error or type(error).__name__})",
                may_pass=True,
                is_outage=True,
            ) from error

    @contextmanager
    def _stream(
        self, url: str, headers: dict[str, str], redirected: Callable[[str], str] | None
    ) -> Iterator[httpx.Response]:
        for _ in range(_MAX_REDIRECTS + 1):
            with self._http.stream("GET", url, headers=headers, follow_redirects=redirected is None) as answer:
                if redirected is None or answer.next_request is None:
                    yield answer
                    return
                url = redirected(str(answer.next_request.url))
        raise httpx.TooManyRedirects("")

    def _content(self, answer: httpx.Response, url: str, max_bytes: int, setting: str) -> Iterator[bytes]:
        deadline = time.monotonic() + self._whole_answer_s
        too_large = FetchFailed("too_large", url, f"has more than {max_bytes / 1e6:,.0f} MB ({setting})")
        announced = answer.headers.get("Content-Length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > max_bytes:
            raise too_large
        total = 0
        for chunk in answer.iter_bytes():
            total += len(chunk)
            if total > max_bytes:
                raise too_large
            with self._lock:
                self.received_bytes += len(chunk)
                if self.received_bytes > self._max_run_bytes:
                    raise ImportEnded(
                        f"this import has downloaded {self._max_run_bytes / 1e6:,.0f} MB (oparl_max_run_mb); "
                        "the next one goes on from here"
                    )
            if time.monotonic() > deadline:
                raise FetchFailed(
                    "timeout", url, f"the answer took longer than {self._whole_answer_s:,.0f} s", may_pass=True
                )
            yield chunk

    def _persist(self, url: str, what: str, get: Callable[[], T], attempts: int) -> T:
        host = _host(url)
        retrying = Retrying(
            retry=retry_if_exception(_can_try_again),
            stop=stop_after_attempt(attempts),
            wait=lambda state: self._pause(state, host),
            sleep=sleep_using_event(self._stopped),
            reraise=True,
        )
        try:
            found = retrying(get)
        except FetchFailed as error:
            with self._lock:
                self._outages[host, what] = self._outages.get((host, what), 0) + 1 if error.is_outage else 0
            raise
        with self._lock:
            self._outages[host, what] = 0
        return found

    def _is_down(self, url: str, what: str) -> bool:
        # Files may come from another program than lists, on the same host; one may be down without the other.
        with self._lock:
            return self._outages.get((_host(url), what), 0) >= _OUTAGES_IN_A_ROW

    def _refuse_if_down(self, url: str, what: str) -> None:
        if self._is_down(url, what):
            raise FetchFailed(
                "unreachable", url, "its host did not answer several times; it is not asked again now", may_pass=True
            )

    def _pause(self, state: RetryCallState, host: str) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, FetchFailed) and error.retry_after_s is not None:
            # All requests to this host wait, this one with them.
            self._transport.gate(host).postpone(error.retry_after_s)
            return 0.0
        pause_s = min(_FIRST_PAUSE_S * 2.0 ** (state.attempt_number - 1), _LONGEST_PAUSE_S)
        return pause_s * random.uniform(0.75, 1.25)  # noqa: S311 - spreads requests, hides nothing


def user_agent(settings: Settings) -> str:
    """Return what requests call themselves, so that those who run a server know whom to ask."""
    version = importlib.metadata.version("searchsvc")
    return f"searchsvc/{version} (OParl import{f'; +{settings.public_url}' if settings.public_url else ''})"


def _host(url: str) -> str:
    if len(url) > _MAX_URL_CHARS:
        raise FetchFailed("invalid_url", f"{url[:100]}…", "the URL is too long")
    try:
        return urlsplit(url).hostname or ""
    except ValueError as error:
        raise FetchFailed("invalid_url", url, "is not a URL") from error


def _can_try_again(error: BaseException) -> bool:
    return isinstance(error, FetchFailed) and error.may_pass and (error.retry_after_s or 0.0) <= _LONGEST_RETRY_AFTER_S


def _refuse_encodings(answer: httpx.Response, url: str) -> None:
    """Refuse what would be unpacked to any size before it could be measured: Zstandard, or gzip within gzip."""
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise FetchFailed("http_error", url, f"the answer is encoded as {encoding[:50]!r}, which was not asked for")


def _raise_for_status(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status == httpx.codes.OK or 200 <= status < 300:
        return
    raise FetchFailed(
        "http_error",
        url,
        f"the server answered {status} {httpx.codes.get_reason_phrase(status)}".rstrip(),
        status=status,
        may_pass=status in _MAY_PASS,
        is_outage=status in _OUTAGE,
        retry_after_s=_retry_after_s(answer.headers.get("Retry-After")) if status in _MAY_PASS else None,
    )


def _retry_after_s(value: str | None) -> float | None:
    """Return the seconds a server asks to wait (RFC 9110, 10.2.3), or None."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    moment = _http_date(value)
    return None if moment is None else max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _http_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (ValueError, TypeError, IndexError):
        return None
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _header(answer: httpx.Response, name: str) -> str | None:
    value: str | None = answer.headers.get(name)
    return value if value and value.isascii() and value.isprintable() and len(value) <= 1_000 else None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
