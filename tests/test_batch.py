"""``searchsvc batch``: a file of queries against a real service."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server

from index.contract import SearchRequest, SearchResult
from searchsvc.cli import main
from searchsvc.cli.query_files import Query, ResultFile, UnusableFile, read_queries
from searchsvc.store import Store
from tests.fixtures_web import SetEngine, make_hit, make_result


@pytest.fixture
def asked(set_engine: SetEngine) -> list[SearchRequest]:
    """The searches that reach the engine, which finds as many documents as the words have letters."""
    requests: list[SearchRequest] = []

    def found(request: SearchRequest) -> SearchResult:
        requests.append(request)
        hits = [make_hit("a"), make_hit("b", title="=SUM(A1)")]
        return make_result(hits, total=len(request.q), per_page=request.per_page)

    set_engine.result = found
    return requests


@pytest.fixture
def url(web_app: Flask) -> Iterator[str]:
    """Where the application answers over a real socket."""
    server = make_server("127.0.0.1", 0, web_app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, arguments)])


def rows(path: Path, separator: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def test_each_line_is_searched(tmp_path: Path, url: str, asked: list[SearchRequest]) -> None:
    """Counts and first hits in the order of the file, with the parameters of each line."""
    queries = tmp_path / "fragen.csv"
    queries.write_bytes(
        'id;q;kommune;date_from\r\nx1;Straße;Brühl|Köln;2013-01-01\r\n;"a;b";;\r\n\r\n=1;weg;;\r\n'.encode("cp1252")
    )
    done = run(queries, "--url", url, "--hits", 2)
    assert done.exit_code == 0, done.output
    found = rows(tmp_path / "fragen.results.csv", ";")
    assert [(row["row"], row["id"], row["q"], row["total"]) for row in found] == [
        ("1", "x1", "Straße", "6"), ("2", "", "a;b", "3"), ("3", "'=1", "weg", "3"),
    ]  # fmt: skip
    assert (found[0]["hit1_id"], found[0]["hit2_title"], found[0]["hit1_kommune"]) == ("a", "'=SUM(A1)", "Brühl")
    assert found[0]["hit1_url"].startswith("http")
    assert asked[0].kommune == ("Brühl", "Köln")
    assert (asked[0].per_page, asked[0].facets, asked[0].highlight) == (2, (), False)


def test_a_query_that_is_refused_has_its_reason(tmp_path: Path, url: str, asked: list[SearchRequest]) -> None:
    """The others are answered all the same."""
    queries = tmp_path / "q.csv"
    queries.write_text("q,date_from\nweg,2013-99-99\nrad,\n", encoding="utf-8")
    done = run(queries, "--url", url, "--output", tmp_path / "out.csv", "--hits", 0)
    assert done.exit_code == 1
    found = rows(tmp_path / "out.csv")
    assert "date" in found[0]["error"]
    assert (found[0]["total"], found[1]["total"], found[1]["error"]) == ("", "3", "")


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 10, 40, 200])
def test_a_run_that_was_killed_goes_on(tmp_path: Path, url: str, asked: list[SearchRequest], cut: int) -> None:
    """Wherever writing ended, the file is the same in the end, and next to nothing is asked twice."""
    queries, target = tmp_path / "q.csv", tmp_path / "q.results.csv"
    queries.write_text("q\n" + "".join(f'"weg ""{number}"""\n' for number in range(45)), encoding="utf-8")
    assert run(queries, "--url", url).exit_code == 0
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) - cut])
    asked.clear()
    assert run(queries, "--url", url).exit_code == 0
    assert target.read_bytes() == whole
    assert 1 <= len(asked) <= 6


def test_results_of_other_queries_stay(tmp_path: Path, url: str, asked: list[SearchRequest]) -> None:
    """Nothing is written behind the results of another file unless told to begin again."""
    queries, target = tmp_path / "q.csv", tmp_path / "q.results.csv"
    queries.write_text("q\nrad\nweg\nbach\n", encoding="utf-8")
    assert run(queries, "--url", url).exit_code == 0
    before = target.read_bytes()
    queries.write_text("q\nwald\nweg\nbach\n", encoding="utf-8")
    refused = run(queries, "--url", url)
    assert (refused.exit_code, target.read_bytes()) == (2, before)
    assert run(queries, "--url", url, "--hits", 5).exit_code == 2
    assert run(queries, "--url", url, "--restart").exit_code == 0
    assert [row["q"] for row in rows(target)] == ["wald", "weg", "bach"]
    assert run(queries, "--url", url, "--output", queries).exit_code == 2


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    """What was done stays, and how to go on is said."""
    queries = tmp_path / "q.csv"
    queries.write_text("q\nrad\n", encoding="utf-8")
    done = run(queries, "--url", "http://127.0.0.1:1")
    assert done.exit_code == 1
    assert "start it again" in done.output
    assert rows(tmp_path / "q.results.csv") == []


def test_a_key_is_sent(tmp_path: Path, url: str, asked: list[SearchRequest], web_store: Store) -> None:
    """From a file, so that it is in nobody's list of processes."""
    queries, key = tmp_path / "q.csv", tmp_path / "key"
    queries.write_text("q\nrad\n", encoding="utf-8")
    key.write_text(web_store.keys.create("Stapel", ["read"], filters={"kommune": ["bruehl"]}) + "\n")
    assert run(queries, "--url", url, "--key-file", key).exit_code == 0
    key.write_text("ssb_falsch")
    assert run(queries, "--url", url, "--key-file", key, "--restart").exit_code == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "first line"),
        ("frage\nrad\n", "first line"),
        ("q,kommun\nrad,x\n", "kommun"),
        ("q,q\nrad,weg\n", "2 times"),
        ("q\n", "no queries"),
        ("q\nrad,weg\n", "2 columns"),
        ("q,format\nrad,csv\n", "format"),
    ],
)
def test_files_that_are_no_queries(tmp_path: Path, content: str, reason: str) -> None:
    """What is wrong is named, and nothing is written."""
    queries = tmp_path / "q.csv"
    queries.write_text(content, encoding="utf-8")
    done = run(queries)
    assert done.exit_code == 2
    assert reason in done.output
    assert not (tmp_path / "q.results.csv").exists()


def test_too_many_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has an end."""
    monkeypatch.setattr("searchsvc.cli.query_files.MAX_QUERIES", 2)
    queries = tmp_path / "q.csv"
    queries.write_text("q\na\nb\nc\n", encoding="utf-8")
    with pytest.raises(UnusableFile, match="more than 2"):
        read_queries(queries)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(texts, texts), min_size=1, max_size=5), cut=st.integers(0, 300))
def test_any_text_is_read_again(tmp_path: Path, lines: list[tuple[str, str]], cut: int) -> None:
    """Whatever stands in the cells and wherever the file was cut: what is kept are whole lines of the beginning."""
    queries = [Query(number, label, {"q": q}) for number, (label, q) in enumerate(lines, start=1)]
    path = tmp_path / "r.csv"
    results = ResultFile(path, ("row", "id", "q", "total"), ";")
    assert results.resume(queries, restart=True) == 0
    results.append([[query.number, query.label, query.q, 1] for query in queries])
    whole = path.read_bytes()
    path.write_bytes(whole[: max(len(whole) - cut, 0)])
    done = results.resume(queries, restart=False)
    assert done <= max(0, len(queries) - 1)
    results.append([[query.number, query.label, query.q, 1] for query in queries[done:]])
    assert path.read_bytes() == whole
