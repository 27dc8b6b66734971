"""What a source lists, what is here of it, and whether it has fallen silent."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from searchsvc.cli import main
from searchsvc.source_state import completeness
from searchsvc.store import Store
from searchsvc.web.api.status_schemas import Status
from tests.fixtures_oparl import Mirror
from tests.oparl_server import small_city

TODAY = datetime.now(UTC).date()


def told(mirror: Mirror, **changes: Any) -> dict[str, Any]:
    found = completeness(mirror.settings.model_copy(update=changes), mirror.store, mirror.source)
    assert found is not None
    return found


def date_papers(mirror: Mirror, *days_ago: int) -> None:
    for number, days in enumerate(days_ago, start=1):
        mirror.server.city.put("paper", number, date=(TODAY - timedelta(days=days)).isoformat())


def test_what_is_listed_is_held_against_what_is_here(mirror: Mirror):
    """Lists by kind, documents, those that failed and those without text; a deletion and a change are followed."""
    mirror.server.fail("p2-vorlage.pdf", "404")
    mirror.run()
    found = told(mirror)
    assert found["listed"] == {"organization": 2, "meeting": 1, "paper": 5, "file": 13}
    assert (found["documents"], found["failed"], found["without_text"]) == (13, 1, 1)
    mirror.server.city.delete("file", "p3-anlage")
    mirror.run()
    assert told(mirror)["documents"] == 12
    assert told(mirror)["listed"]["file"] == 13, "as of the last time that the list was read whole"
    mirror.run(full=True)
    assert told(mirror)["listed"]["file"] == 12


def test_files_that_are_listed_and_not_there_show(mirror: Mirror):
    """A list that announces more than it has is told by its own number."""
    whole = mirror.server.list_page

    def more(kind: str, query: dict[str, list[str]]) -> Any:
        page = whole(kind, query)
        page["pagination"]["totalElements"] += 100 * (kind == "file")
        return page

    mirror.server.list_page = more  # type: ignore[method-assign]
    mirror.run()
    assert (told(mirror)["listed"]["file"], told(mirror)["documents"]) == (113, 13)


def test_the_last_month_is_held_against_the_usual(mirror: Mirror):
    """By the dates of documents, two for each paper here."""
    date_papers(mirror, 3, 40, 70, 100, 130)
    mirror.server.city.put("meeting", 1, start=f"{TODAY - timedelta(days=500)}T17:00:00+01:00")
    mirror.run()
    found = told(mirror)
    assert (found["newest_date"], found["quiet_days"]) == ((TODAY - timedelta(days=3)).isoformat(), 3)
    assert found["last_30_days"] == 2
    assert found["usual_30_days"] == pytest.approx(8 / (100 / 30), abs=0.1)


@pytest.mark.parametrize(
    ("days_ago", "quiet"),
    [((3, 40, 70), False), ((44, 60, 80), False), ((46, 60, 80), True), ((80, 140, 200), False), ((95, 155), True)],
)
def test_a_source_is_quiet_after_more_than_its_longest_pause(mirror: Mirror, days_ago: tuple[int, ...], quiet: bool):
    """Councils have holidays: half as long again as the longest pause of the last two years, and 45 days at least."""
    for number in range(len(days_ago) + 1, 6):
        for part in ("vorlage", "anlage"):
            mirror.server.city.forget("file", f"p{number}-{part}")
        mirror.server.city.forget("paper", number)
    mirror.server.city.objects["meeting"].clear()
    for name in ("einladung", "protokoll", "beschluss"):
        mirror.server.city.forget("file", f"m1-{name}")
    date_papers(mirror, *days_ago)
    mirror.run()
    assert told(mirror)["quiet"] is False, "nobody imports it regularly"
    mirror.store.oparl_sources.add(mirror.server.system_url, every_hours=24)
    assert told(mirror)["quiet"] is quiet
    assert told(mirror, oparl_quiet_days=0.0)["quiet"] is False


def test_dates_to_come_are_news(mirror: Mirror):
    """Invitations have the day of their meeting."""
    mirror.store.oparl_sources.add(mirror.server.system_url, every_hours=24)
    mirror.server.city.put("meeting", 1, start=f"{TODAY + timedelta(days=9)}T17:00:00+01:00")
    mirror.run()
    assert (told(mirror)["quiet_days"], told(mirror)["quiet"]) == (0, False)


def test_everybody_is_told_of_a_quiet_source(mirror: Mirror, monkeypatch: pytest.MonkeyPatch):
    """The log of each import, and the status on the command line."""
    mirror.store.oparl_sources.add(mirror.server.system_url, every_hours=24)
    with capture_logs() as logs:
        mirror.run()
        mirror.run()
    assert [one["event"] for one in logs].count("oparl_source_quiet") == 2
    monkeypatch.setenv("SEARCHSVC_DATA_DIR", str(mirror.settings.data_dir))
    lines = CliRunner().invoke(main, ["import-oparl", "--list"]).output
    assert "nothing new since 2024-06-20, which is unusual" in lines
    assert "1 meetings, 5 papers, 13 files listed there, 13 documents here, 0 of them without text" in lines
    (source,) = json.loads(CliRunner().invoke(main, ["status", "--json"]).output)["oparl_sources"]
    assert source["completeness"]["quiet"] is True


def test_api_and_metrics_tell_it_too(web: FlaskClient, web_store: Store):
    """Status and metrics have the same numbers."""
    url = "https://ratsinfo.example.de/oparl"
    web_store.oparl_sources.add(url, every_hours=12)
    measured = {"documents": 7, "without_text": 2, "newest": "2020-01-01", "days": {}}
    web_store.oparl_sources.observe(url, measured=measured, listed={"file": 9})
    body = web.get("/api/v1/status").get_json()
    Status.model_validate(body)
    found = body["oparl_sources"][0]["completeness"]
    assert (found["listed"], found["documents"], found["without_text"], found["quiet"]) == ({"file": 9}, 7, 2, True)
    metrics = web.get("/metrics").text
    assert f'searchsvc_source_documents{{source="{url}",state="listed"}} 9.0' in metrics
    assert f'searchsvc_source_documents{{source="{url}",state="held"}} 7.0' in metrics
    assert f'searchsvc_source_quiet{{source="{url}"}} 1.0' in metrics


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_progress_knows_how_much_is_left(mirror: Mirror, version: str):
    """As soon as the last list has told its length the total is known, and all of it is done in the end."""
    mirror.server.city = small_city(mirror.server.base, papers=8, version=version)
    seen: list[tuple[int, int]] = []
    report = mirror.run(progress=lambda told: seen.append((told.work.done, told.work.total)))
    assert seen[0][1] == 0, "most lists have not been asked yet"
    known = [(done, total) for done, total in seen if total]
    assert len(known) > 3
    assert all(done <= total for done, total in known)
    assert report.work.done == report.work.total
    assert known[0][0] < known[-1][0]
    assert mirror.run().work.done == 0
