"""Documents over HTTP: reading, writing, deleting, uploading; ids of every kind."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from typing import IO, Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from searchsvc.documents.input import check_id
from searchsvc.settings import Settings
from searchsvc.store import Store
from searchsvc.web import create_app
from searchsvc.web.http import uploads
from tests.fixtures_web import SetEngine, make_document, make_hit

IDS = [
    "vorlage-1",
    "https://rat.example/oparl/bodies/1/files/17",
    "https://rat.example//doppelt/",
    "https://rat.example/datei?id=1&x=ä#anker",
    "Brühl/Vorlage 312/2013 (öffentlich)",
    "100 % Ökostrom",
    "a%2Fb",
    "bulk",
    "text",
    "//netz/pfad",
    "seiten/1",
    "+plus;semikolon,komma",
    "文書",
]


def url_of(document_id: str, end: str = "", safe: str = "") -> str:
    """Return the address of a document, all of its id encoded but the characters in ``safe``."""
    return f"/api/v1/documents/{quote(document_id, safe=safe)}{end}"


def pdf(text: str) -> bytes:
    """Return a small PDF."""
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 720, text)
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize("document_id", IDS)
@pytest.mark.parametrize("safe", ["", "/:"])
def test_any_id_is_written_and_read_encoded_or_not(
    web: FlaskClient, write_headers: dict[str, str], document_id: str, safe: str
) -> None:
    """Ids with slashes, whole URLs, umlauts and percent signs reach the store as they are, on every route."""
    created = web.put(url_of(document_id, safe=safe), json={"title": "T", "text": "Wort"}, headers=write_headers)
    assert (created.status_code, created.get_json()["id"]) == (201, document_id)
    assert web.get(url_of(document_id, safe=safe)).get_json()["id"] == document_id
    assert web.get(url_of(document_id, "/text", safe=safe)).get_json()["id"] == document_id
    assert web.get(url_of(document_id, "/similar", safe=safe)).status_code == 200
    assert web.get(f"/dokumente/{quote(document_id, safe=safe)}").status_code == 200
    assert web.delete(url_of(document_id, safe=safe), headers=write_headers).get_json()["id"] == document_id


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=30))
def test_links_lead_to_their_document(web: FlaskClient, web_store: Store, document_id: str) -> None:
    """The links in an answer find the document again, whatever its id."""
    try:
        check_id(document_id)
    except ValueError:
        return
    web_store.documents.put(make_document(document_id))
    links = web.get(url_of(document_id)).get_json()["links"]
    for name in ("self", "text", "similar", "html"):
        response = web.get(links[name].removeprefix("http://localhost"))
        assert response.status_code == 200, name
    assert web.get(links["self"].removeprefix("http://localhost")).get_json()["id"] == document_id


@pytest.mark.parametrize("end", ["/text", "/similar", "/datei", "/meldungen"])
def test_ids_that_would_hide_a_route_are_refused(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], end: str
) -> None:
    """An id may not end like one of the service's own paths."""
    response = web.put(url_of(f"https://rat.example/1{end}"), json={"title": "T"}, headers=write_headers)
    assert response.status_code in (405, 422)
    assert web_store.documents.count() == 0


def test_document_has_all_metadata_and_links_but_no_text(web: FlaskClient, web_store: Store) -> None:
    """Every field of the document is there, what is not known as null, with links to the rest."""
    web_store.documents.put(make_document())
    body = web.get(url_of("vorlage-1")).get_json()
    assert list(body) == [
        "id", "title", "kommune", "date", "file_name", "mime_type", "size", "sha256", "page_count", "created",
        "modified", "indexed_at", "paper", "organizations", "keywords", "access_url", "download_url", "web_url",
        "text_quality", "also_in", "links",
    ]  # fmt: skip
    assert (body["date"], body["sha256"], body["keywords"]) == ("2013-11-13", None, [])
    assert body["indexed_at"] is not None
    assert set(body["links"]) == {"self", "html", "file", "text", "similar"}


def test_document_can_be_sent_back_as_it_was_received(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str]
) -> None:
    """What GET returns, together with the pages, is a valid PUT that changes nothing."""
    web_store.documents.put(make_document())
    body = web.get(url_of("vorlage-1")).get_json() | {"pages": list(make_document().pages)}
    answer = web.put(url_of("vorlage-1"), json=body, headers=write_headers)
    assert (answer.status_code, answer.get_json()["changed"]) == (200, False)


def test_text_comes_by_page(web: FlaskClient, web_store: Store) -> None:
    """Pages are numbered from 1."""
    web_store.documents.put(make_document(pages=("eins", "", "drei")))
    assert web.get(url_of("vorlage-1", "/text")).get_json() == {
        "id": "vorlage-1",
        "pages": [{"number": 1, "text": "eins"}, {"number": 2, "text": ""}, {"number": 3, "text": "drei"}],
    }


def test_similar_documents_look_like_hits(web: FlaskClient, web_store: Store, set_engine: SetEngine) -> None:
    """Similar documents have the fields of hits, as many as asked for."""
    web_store.documents.put(make_document())
    set_engine.similar_hits = (make_hit("a"), make_hit("b"))
    body = web.get(url_of("vorlage-1", "/similar?limit=1")).get_json()
    assert [hit["id"] for hit in body["hits"]] == ["a"]
    assert web.get(url_of("vorlage-1", "/similar?limit=0")).get_json()["error"]["field"] == "limit"


@pytest.mark.parametrize("end", ["", "/text", "/similar"])
def test_unknown_document_is_not_found(web: FlaskClient, end: str) -> None:
    """Unknown ids are 404 on every route."""
    response = web.get(url_of("nix", end))
    assert (response.status_code, response.get_json()["error"]["code"]) == (404, "not_found")


def test_etag_spares_unchanged_documents(web: FlaskClient, web_store: Store) -> None:
    """A client that has the document is told so, until it changes."""
    web_store.documents.put(make_document())
    etag = web.get(url_of("vorlage-1")).headers["ETag"]
    assert web.get(url_of("vorlage-1"), headers={"If-None-Match": etag}).status_code == 304
    web_store.documents.put(make_document(title="Anders"))
    assert web.get(url_of("vorlage-1"), headers={"If-None-Match": etag}).status_code == 200


def test_put_creates_then_changes_then_does_nothing(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """PUT says whether it created or changed anything; sending the same twice equals once."""
    answers = [
        web.put(url_of("a"), json={"title": title, "text": "Wort"}, headers=write_headers)
        for title in ("eins", "zwei", "zwei")
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [answer.get_json() for answer in answers] == [
        {"id": "a", "created": True, "changed": True, "change": 1, "searchable": True},
        {"id": "a", "created": False, "changed": True, "change": 2, "searchable": True},
        {"id": "a", "created": False, "changed": False, "change": 2, "searchable": True},
    ]
    assert answers[0].headers["Location"] == "http://localhost/api/v1/documents/a"


@pytest.mark.parametrize(("applied", "searchable"), [(0, False), (1, True)])
@pytest.mark.parametrize("query", ["", "?refresh=wait"])
def test_write_says_whether_it_is_searchable(
    web: FlaskClient, set_engine: SetEngine, write_headers: dict[str, str], query: str, applied: int, searchable: bool
) -> None:
    """``searchable`` tells whether searches see the write, after waiting if asked to."""
    set_engine.applied = applied
    body = web.put(url_of("a") + query, json={"title": "T"}, headers=write_headers).get_json()
    assert body["searchable"] is searchable
    set_engine.applied = applied * 2
    assert web.delete(url_of("a") + query, headers=write_headers).get_json() == {
        "id": "a",
        "deleted": True,
        "change": 2,
        "searchable": searchable,
    }


def test_refresh_takes_only_wait(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """A misspelt refresh is refused before anything is written."""
    response = web.put(url_of("a") + "?refresh=true", json={"title": "T"}, headers=write_headers)
    assert (response.status_code, response.get_json()["error"]["field"]) == (400, "refresh")
    assert web_store.documents.count() == 0


def test_deleting_twice_is_not_found(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """There is nothing to delete the second time."""
    web_store.documents.put(make_document())
    assert web.delete(url_of("vorlage-1"), headers=write_headers).status_code == 200
    assert web.delete(url_of("vorlage-1"), headers=write_headers).status_code == 404
    assert web.get(url_of("vorlage-1")).status_code == 404


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_body"),
        (b"[]", "application/json", 400, "malformed_body"),
        (b"\xff", "application/json", 400, "malformed_body"),
        (b'{"size": NaN}', "application/json", 400, "malformed_body"),
        (b"[" * 100_000, "application/json", 400, "malformed_body"),
        (b'{"size": 1' + b"0" * 5_000 + b"}", "application/json", 400, "malformed_body"),
        (b'{"title": "T"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"title": "T"}', "", 415, "unsupported_media_type"),
        (b'{"titel": "T"}', "application/json", 422, "invalid_document"),
        (b'{"id": "other"}', "application/json", 422, "invalid_document"),
        (b'{"text": "' + b"x" * 1_100_000 + b'"}', "application/json", 422, "invalid_document"),
        (b'{"text": "' + b"x" * 2_100_000 + b'"}', "application/json", 413, "payload_too_large"),
    ],
)
def test_bodies_that_cannot_be_stored(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], data: bytes, content_type: str, status: int,
    code: str,
) -> None:  # fmt: skip
    """Each kind of wrong body has its status and code, and nothing is stored."""
    response = web.put(url_of("a"), data=data, headers=write_headers, content_type=content_type)
    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)
    assert web_store.documents.count() == 0


def test_wrong_field_is_named(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """A document's wrong field is named as in the request."""
    response = web.put(url_of("a"), json={"title": "T", "date": "gestern"}, headers=write_headers)
    assert (response.status_code, response.get_json()["error"]["field"]) == (422, "date")


def upload(web: FlaskClient, headers: dict[str, str], **form: Any) -> Any:
    """Send a multipart form to the upload route."""
    return web.post("/api/v1/documents", data=form, headers=headers, content_type="multipart/form-data")


def test_upload_reads_the_text_and_keeps_the_file(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str]
) -> None:
    """An uploaded PDF becomes a document with its text, and its file can be opened."""
    content = pdf("Sanierung der Grundschule")
    metadata = json.dumps({"id": "https://rat.example/1", "title": "Grundschule", "kommune": "Köln"})
    response = upload(web, write_headers, file=(io.BytesIO(content), "gründe.pdf"), metadata=metadata)
    assert response.status_code == 201, response.get_json()
    assert response.get_json()["id"] == "https://rat.example/1"
    stored = web_store.documents.get("https://rat.example/1")
    assert stored is not None
    assert "Grundschule" in stored.document.pages[0]
    file = web.get("/dokumente/https://rat.example/1/datei")
    assert (file.data, file.mimetype) == (content, "application/pdf")
    file.close()


def test_upload_without_metadata_is_named_by_its_content(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """Without an id the checksum of the file is the id, so the same file is the same document."""
    content = pdf("x")
    answer = upload(web, write_headers, file=(io.BytesIO(content), "a.pdf")).get_json()
    assert answer["id"] == sha256(content).hexdigest()


def test_metadata_may_come_as_a_json_part(web: FlaskClient, web_store: Store, write_headers: dict[str, str]) -> None:
    """Metadata sent with a file name, as browsers do with a typed part, is the same as a form field."""
    part = (io.BytesIO(b'{"id": "a", "title": "Typed"}'), "blob", "application/json")
    response = upload(web, write_headers, file=(io.BytesIO(pdf("x")), "a.pdf"), metadata=part)
    assert (response.status_code, response.get_json()["id"]) == (201, "a")


@pytest.mark.parametrize(
    ("form", "status", "code", "field"),
    [
        ({"file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf"), "metadata": ["{}", "{}"]}, 422, "invalid_document", "metadata"),
        ({}, 422, "invalid_document", "file"),
        ({"file": "text"}, 422, "invalid_document", "file"),
        ({"datei": (io.BytesIO(b"x"), "a.pdf")}, 422, "invalid_document", "datei"),
        ({"file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf"), "metadata": "{"}, 400, "malformed_body", None),
        ({"file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf"), "metadata": '{"x": 1}'}, 422, None, None),
        ({"file": (io.BytesIO(b""), "a.pdf")}, 422, "empty_file", None),
        ({"file": (io.BytesIO(b"hello"), "a.pdf")}, 422, "not_a_pdf", None),
    ],
)
def test_upload_refusals(
    web: FlaskClient, web_store: Store, write_headers: dict[str, str], form: dict[str, Any], status: int,
    code: str | None, field: str | None,
) -> None:  # fmt: skip
    """A form or file that cannot become a document is refused with its reason."""
    response = upload(web, write_headers, **form)
    error = response.get_json()["error"]
    assert response.status_code == status, error
    if code:
        assert (error["code"], error["field"]) == (code, field)
    assert web_store.documents.count() == 0


def test_upload_needs_a_form(web: FlaskClient, write_headers: dict[str, str]) -> None:
    """Anything but multipart/form-data is 415."""
    response = web.post("/api/v1/documents", data=b"%PDF-", headers=write_headers, content_type="application/pdf")
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("public_url", "base"), [(None, "http://intern:8000"), ("https://suche.example/rat/", "https://suche.example/rat")]
)
def test_links_use_the_configured_address(
    web_settings: Settings, web_store: Store, set_engine: SetEngine, public_url: str | None, base: str
) -> None:
    """With ``public_url`` set, links do not depend on the Host header; without, they are those that were called."""
    web_store.documents.put(make_document())
    changed = web_settings.model_copy(update={"public_url": public_url})
    client = create_app(changed, engine=set_engine, store=web_store).test_client()
    body = client.get(url_of("vorlage-1"), base_url="http://intern:8000").get_json()
    assert body["links"]["self"] == f"{base}/api/v1/documents/vorlage-1"


@pytest.mark.parametrize("size", [10, 600_000])
def test_a_form_that_breaks_off_leaves_nothing_open(
    web: FlaskClient, write_headers: dict[str, str], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file at which it breaks off is closed with the request, in memory or on disk."""
    opened: list[IO[bytes]] = []
    spool = uploads.byte_spool

    def remembered(*arguments: Any, **named: Any) -> IO[bytes]:
        opened.append(spool(*arguments, **named))
        return opened[-1]

    monkeypatch.setattr(uploads, "byte_spool", remembered)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    answer = web.post(
        "/api/v1/documents",
        data=head + b"x" * size,
        headers=write_headers,
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code in (400, 422)
    assert [file.closed for file in opened] == [True]
