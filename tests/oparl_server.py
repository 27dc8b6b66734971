"""A real OParl server in a thread: a small city, every oddity of servers in the wild, and faults on demand.

Not collected by pytest. The benchmark serves the real collection with it.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import zstandard
from reportlab.pdfgen.canvas import Canvas

Json = dict[str, Any]

LONG_AGO = "2024-01-01T00:00:00+01:00"
LISTS = {"organization": "organizations", "meeting": "meetings", "paper": "papers", "file": "files"}


@dataclass(slots=True)
class Quirks:
    """What this server does that others do not."""

    page_size: int = 2
    next_drops_filter: bool = False
    empty_list: str = "page"  # or "404", or "array"
    empty_window: int | None = None  # status of a filtered list with nothing in it
    filtered_fails: int | None = None  # status of filtered lists, with a web page; 200 is possible, too
    body_names: dict[str, str] = field(default_factory=dict)  # other names of the body's lists
    data_name: str = "data"
    links_style: str = "oparl"  # or "hal", "list", "top"
    stubs_without_type: bool = False
    stubs_in_unfiltered: bool = False
    refuses_encoded_filter: bool = False
    ignores_filter: bool = False
    control_characters: bool = False
    next_of_last_page: int | None = None
    next_decodes_filter: bool = False  # writes the filter's plus as it is, and reads it as a blank
    next_drops_limit: bool = False
    modified_now: bool = False  # everything was modified at the time of the request
    redirects_filtered: bool = False  # sends filtered requests to another path, the filter decoded
    repeats_last_page: bool = False


@dataclass(slots=True)
class Binary:
    """A file to download."""

    content: bytes
    mime_type: str = "application/pdf"
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request the server got."""

    path: str
    query: str
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """Path and query, decoded."""
        return unquote(self.path) + (f"?{unquote(self.query)}" if self.query else "")


@dataclass(slots=True)
class Fault:
    """Something that goes wrong the next ``times`` times a URL that contains ``part`` is asked for.

    ``kind`` is a status, or ``truncated``, ``slow``, ``dropped``, ``web page``, ``redirect``, ``broken``, ``endless``.
    """

    part: str
    kind: str
    times: int = 1
    value: str = ""


@dataclass(slots=True)
class City:
    """What a city publishes: objects by kind and id, files by path."""

    base: str
    version: str = "1.1"
    lists_files: bool = True
    body: Json = field(default_factory=dict)
    objects: dict[str, dict[str, Json]] = field(default_factory=lambda: {kind: {} for kind in LISTS})
    binaries: dict[str, Binary] = field(default_factory=dict)

    def url(self, kind: str, name: str | int) -> str:
        """Return the id of an object."""
        return f"{self.base}/oparl/{LISTS[kind]}/{name}"

    def put(self, kind: str, name: str | int, /, **values: Any) -> Json:
        """Publish an object, or change some values of one that is published; it counts as modified now."""
        object_id = self.url(kind, name)
        known = self.objects[kind].get(object_id)
        stamp = {"modified": now()} if known else {"created": LONG_AGO, "modified": LONG_AGO}
        type_url = f"https://schema.oparl.org/{self.version}/{kind.capitalize()}"
        made: Json = {"id": object_id, "type": type_url, **(known or {}), **stamp, **values}
        made.pop("deleted", None) if "deleted" not in values else None
        self.objects[kind][object_id] = made
        return made

    def delete(self, kind: str, name: str | int, /, **values: Any) -> None:
        """Delete an object: little is left of it."""
        object_id = self.url(kind, name)
        left = {"id": object_id, "type": self.objects[kind][object_id]["type"], "deleted": True, "modified": now()}
        self.objects[kind][object_id] = left | values

    def forget(self, kind: str, name: str | int) -> None:
        """Let an object disappear without a word."""
        del self.objects[kind][self.url(kind, name)]

    def file(self, name: str | int, title: str, *, text: str | None = None, content: bytes | None = None) -> Json:
        """Publish a file with a text, with content to download, or with neither."""
        path = f"/download/{name}.pdf"
        if content is not None:
            self.binaries[path] = Binary(content, etag=f'"{hashlib.sha256(content).hexdigest()[:16]}"')
        links = {"accessUrl": self.base + path, "downloadUrl": self.base + path}
        extra = {} if text is None else {"text": text}
        return self.put("file", name, name=title, mimeType="application/pdf", **links, **extra)

    def paper(self, number: int, main: Json, *others: Json, **values: Any) -> Json:
        """Publish a paper that embeds files, as they are now."""
        fields: Json = {
            "body": f"{self.base}/oparl/bodies/1",
            "name": f"Vorgang {number}",
            "reference": f"{number}/2024",
            "paperType": "Antrag",
            "date": "2024-05-13",
            "mainFile": embedded(main),
            "auxiliaryFile": [embedded(other) for other in others],
            "consultation": [
                {
                    "id": f"{self.base}/oparl/consultations/{number}",
                    "type": f"https://schema.oparl.org/{self.version}/Consultation",
                    "organization": [self.url("organization", 1)],
                }
            ],
        }
        return self.put("paper", number, **(fields | values))


def touched(one: Any, moment: str) -> Any:
    """Return an object that was modified at a moment, with all that is embedded in it."""
    if isinstance(one, list):
        return [touched(item, moment) for item in one]
    if not isinstance(one, dict):
        return one
    return {name: moment if name == "modified" else touched(value, moment) for name, value in one.items()}


def embedded(file: Json) -> Json:
    """Return a file as papers embed it: without its text."""
    return {name: value for name, value in file.items() if name != "text"}


def now() -> str:
    """Return this second as OParl writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def pdf(*pages: str) -> bytes:
    """Draw a PDF with a text on each page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def small_city(base: str, *, papers: int = 5, version: str = "1.1") -> City:
    """Return a city with one meeting and some papers, each with a PDF and a file whose text the server supplies.

    A 1.0 city lists no files: they are embedded in papers and meetings, the text with them.
    """
    city = City(base, version=version, lists_files=version != "1.0")
    city.body = {
        "id": f"{base}/oparl/bodies/1",
        "type": f"https://schema.oparl.org/{version}/Body",
        "name": "Stadt Musterbrück, kreisfreie Stadt",
        "shortName": "Musterbrück",
        "ags": "05315000",
    }
    city.put("organization", 1, name="Ausschuss für Umwelt", body=city.body["id"])
    city.put("organization", 2, name="Rat", body=city.body["id"])
    invitation = city.file("m1-einladung", "Tagesordnung", text="Einladung zur Sitzung des Rates")
    protocol = city.file("m1-protokoll", "Niederschrift", content=pdf("Der Rat fasst den Beschluss."))
    resolution = city.file("m1-beschluss", "Beschlusstext", text="Beschluss zum Freibad")
    city.put(
        "meeting",
        1,
        name="4. Sitzung des Rates",
        start="2024-06-20T17:00:00+02:00",
        organization=[city.url("organization", 2)],
        invitation=_for(version, invitation),
        resultsProtocol=_for(version, protocol),
        agendaItem=[{"id": f"{base}/oparl/agenda/1", "resolutionFile": _for(version, resolution)}],
    )
    for number in range(1, papers + 1):
        main = city.file(f"p{number}-vorlage", f"Vorlage {number}", content=pdf(f"Radweg Nummer {number}"))
        other = city.file(f"p{number}-anlage", f"Anlage {number}", text=f"Lageplan Nummer {number}")
        city.paper(number, main, other)
        if version == "1.0":
            city.objects["paper"][city.url("paper", number)]["auxiliaryFile"] = [other]
    return city


def _for(version: str, file: Json) -> Json:
    return file if version == "1.0" else embedded(file)


class OParlServer:
    """Serves a city on a free port of this machine until it is closed."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.quirks = Quirks()
        self.faults: list[Fault] = []
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.slow_s = 3.0
        self.answers = 0
        self.pages: dict[str, Any] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.oparl = self
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.base = f"http://{self.host}"
        if tls is not None:
            self.base = f"https://{self.host}"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.city = small_city(self.base)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def system_url(self) -> str:
        """URL of the system."""
        return f"{self.base}/oparl/system"

    def list_url(self, kind: str) -> str:
        """URL of a list of the body."""
        return f"{self.base}/oparl/bodies/1/{LISTS[kind]}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fail(self, part: str, kind: str, times: int = 1, value: str = "") -> None:
        """Let something go wrong."""
        self.faults.append(Fault(part, kind, times, value))

    def paths(self, part: str = "") -> list[str]:
        """Return the URLs asked for since ``forget_requests`` that contain ``part``, without the host."""
        with self.lock:
            return [seen.url for seen in self.seen if part in seen.url]

    def forget_requests(self) -> None:
        """Begin to count anew."""
        with self.lock:
            self.seen.clear()

    def take_fault(self, url: str) -> Fault | None:
        """Return what goes wrong with this request."""
        with self.lock:
            for fault in self.faults:
                if fault.part in url and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def system(self) -> Json:
        """Return the system."""
        version = f"https://schema.oparl.org/{self.city.version}/"
        return {
            "id": self.system_url,
            "type": version + "System",
            "oparlVersion": version,
            "body": f"{self.base}/oparl/bodies",
        }

    def body(self) -> Json:
        """Return the body with the URLs of its lists."""
        kinds = [kind for kind in LISTS if kind != "file" or self.city.lists_files]
        names = self.quirks.body_names
        return self.city.body | {names.get(kind, kind): self.list_url(kind) for kind in kinds}

    def list_page(self, kind: str, query: dict[str, list[str]]) -> Any:
        """Return one page of a list; None for 404."""
        quirks = self.quirks
        since = None if quirks.ignores_filter else query.get("modified_since", [None])[0]
        if since is not None and " " in since and quirks.next_decodes_filter:
            since = None
        with self.lock:
            found = list(self.city.objects[kind].values())
        if quirks.modified_now:
            self.answers += 1  # seconds pass faster here, so that no two answers are of the same
            moment = (datetime.now(UTC) + timedelta(seconds=self.answers)).isoformat(timespec="seconds")
            found = [touched(one, moment) for one in found]
        if since is not None:
            limit = datetime.fromisoformat(since)
            found = [one for one in found if datetime.fromisoformat(one.get("modified", LONG_AGO)) >= limit]
        elif not quirks.stubs_in_unfiltered:
            found = [one for one in found if not one.get("deleted")]
        if quirks.stubs_without_type:
            found = [{k: v for k, v in one.items() if k != "type"} if one.get("deleted") else one for one in found]
        if not found and quirks.empty_list != "page":
            return None if quirks.empty_list == "404" else []
        number, size = int(query.get("page", ["1"])[0]), int(query.get("limit", [str(quirks.page_size)])[0])
        pages = max(1, -(-len(found) // size))
        shown = min(number, pages) if quirks.repeats_last_page else number
        links: Json = {}
        following = number + 1 if number < pages or quirks.repeats_last_page else quirks.next_of_last_page
        if following is not None:
            links["next"] = f"{self.list_url(kind)}?page={following}"
            if since is not None and quirks.next_decodes_filter:
                links["next"] += f"&modified_since={since}"
            elif since is not None and not quirks.next_drops_filter:
                links["next"] += f"&modified_since={quote(since)}"
            if "limit" in query and not quirks.next_drops_limit:
                links["next"] += f"&limit={size}"
        data = found[(shown - 1) * size : shown * size]
        page = {quirks.data_name: data, "pagination": {"totalElements": len(found)}}
        match quirks.links_style:
            case "hal":
                return page | {"_links": {name: {"href": link} for name, link in links.items()}}
            case "list":
                return page | {"links": [{"rel": name, "href": link} for name, link in links.items()]}
            case "top":
                return page | links
        return page | {"links": links}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 50
    oparl: OParlServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the interface's name
        """Say nothing."""

    def do_GET(self) -> None:
        oparl = self.server.oparl
        parts = urlsplit(self.path)
        with oparl.lock:
            oparl.seen.append(Seen(parts.path, parts.query, {k.lower(): v for k, v in self.headers.items()}))
        fault = oparl.take_fault(oparl_url(parts.path, parts.query))
        if fault is not None and self._fail(fault):
            return
        if parts.path in oparl.city.binaries:
            self._binary(oparl.city.binaries[parts.path])
            return
        if "modified_since" in parts.query:
            value = parse_qs(parts.query)["modified_since"][0]
            if oparl.quirks.filtered_fails is not None:
                page = b"<!DOCTYPE html><html><body>Service unavailable</body></html>"
                self._send(oparl.quirks.filtered_fails, page, "text/html")
                return
            if oparl.quirks.redirects_filtered and not parts.path.endswith("/"):
                self._send(302, b"", Location=f"{parts.path}/?{unquote(parts.query)}")
                return
            if "." in value or (" " in value and not oparl.quirks.next_decodes_filter):
                self._send(400, b"{}")  # microseconds, or a plus that was not encoded
                return
            if oparl.quirks.refuses_encoded_filter and "%" in parts.query:
                self._send(500, b"{}")
                return
        answer = self._answer(oparl, parts.path, parse_qs(parts.query))
        if answer is None:
            self._send(404, b'{"error": "not found"}')
            return
        empty = "modified_since" in parts.query and isinstance(answer, dict) and answer.get("data") == []
        if empty and oparl.quirks.empty_window is not None:
            self._send(oparl.quirks.empty_window, b'{"error": "no results"}')
            return
        text = json.dumps(answer, ensure_ascii=False)
        if oparl.quirks.control_characters:
            text = text.replace("Vorgang", "Vor\x02gang\x0b")
        content = text.encode()
        if fault is not None and fault.kind == "truncated":
            content = content[: len(content) // 2]
        self._send(200, content)

    def _answer(self, oparl: OParlServer, path: str, query: dict[str, list[str]]) -> Any:
        if path in oparl.pages:
            return oparl.pages[path]
        if path == "/oparl/system":
            return oparl.system()
        if path == "/oparl/bodies":
            return {"data": [oparl.body()], "links": {}}
        if path == "/oparl/bodies/1":
            return oparl.body()
        for kind, name in LISTS.items():
            if path.rstrip("/") == f"/oparl/bodies/1/{name}" and (kind != "file" or oparl.city.lists_files):
                return oparl.list_page(kind, query)
            if path.startswith(f"/oparl/{name}/"):
                return oparl.city.objects[kind].get(oparl.base + path)
        return None

    def _binary(self, binary: Binary) -> None:
        headers = {"ETag": binary.etag, "Last-Modified": binary.last_modified}
        known = {name: value for name, value in headers.items() if value}
        same = binary.etag is not None and self.headers.get("If-None-Match") == binary.etag
        since = self.headers.get("If-Modified-Since")
        if same or (since is not None and since == binary.last_modified):
            self._send(304, b"", **known)
        else:
            self._send(200, binary.content, binary.mime_type, **known)

    def _fail(self, fault: Fault) -> bool:
        """Let the request fail; tell whether it was answered by that."""
        match fault.kind:
            case "truncated":
                return False
            case "slow":
                time.sleep(self.server.oparl.slow_s)
                return False
            case "dropped":
                self.close_connection = True
                self.connection.shutdown(2)
            case "broken":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b"%PDF-1.4 the rest never comes")
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
            case "endless":
                self.send_response(200)
                self.send_header("Content-Type", "application/pdf")
                self.send_header("Connection", "close")
                self.end_headers()
                for _ in range(100):
                    self.wfile.write(b"x" * 100_000)
            case "bomb":
                content = b" " * 50_000_000
                for encoding in fault.value.split(", "):
                    content = gzip.compress(content, 1) if encoding == "gzip" else zstandard.compress(content)
                self._send(200, content, **{"Content-Encoding": fault.value})
            case "web page":
                self._send(200, b"<!DOCTYPE html><html><body>Wartungsarbeiten</body></html>", "text/html")
            case "redirect":
                self._send(302, b"", Location=fault.value)
            case status:
                self._send(int(status), b"{}", **({"Retry-After": fault.value} if fault.value else {}))
        return True

    def _send(self, status: int, content: bytes, mime_type: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", mime_type)
        if status != 304:
            self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if status != 304:
            self.wfile.write(content)


def oparl_url(path: str, query: str) -> str:
    """Return path and query as faults are matched with."""
    return unquote(path) + (f"?{unquote(query)}" if query else "")


@contextmanager
def running_server(tls: ssl.SSLContext | None = None) -> Iterator[OParlServer]:
    """Serve a small city for a while."""
    server = OParlServer(tls)
    try:
        yield server
    finally:
        server.close()
