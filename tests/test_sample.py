"""The sample collection: enough, varied, honest about being invented, and the same bytes every time."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from analyzers import slug
from searchsvc.sample import FOOTER_MARK, build_sample, load_documents
from searchsvc.sample.catalogue import CatalogueError
from searchsvc.sample.layouts import RENDERERS, draw
from searchsvc.sample.markup import Block, Kind, parse
from searchsvc.sample.typewriter import wrap

SCAN = "trier-2009-09-29-bekanntmachung-strassenbenennung.pdf"
UNDATED = "luechow-wendland-nutzungsordnung-dorfgemeinschaftshaus.pdf"
NEAR_DUPLICATES = {
    "muenster-2012-11-21-radverkehrskonzept-entwurf.pdf",
    "muenster-2013-02-27-radverkehrskonzept-endfassung.pdf",
}
SIDECAR_KEYS = {
    "id",
    "title",
    "file_name",
    "kommune",
    "date",
    "created",
    "modified",
    "paper",
    "organizations",
    "keywords",
}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Build the collection once for this module."""
    return build_sample(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def sidecars(paths: list[Path]) -> list[dict[str, Any]]:
    """Read the sidecars of the collection, in order."""
    return [json.loads(path.with_name(path.name + ".json").read_text(encoding="utf-8")) for path in paths]


@pytest.fixture(scope="module")
def pages(paths: list[Path]) -> dict[str, list[str]]:
    """Extract the text of every page with pypdf, by file name."""
    return {path.name: [page.extract_text() for page in PdfReader(path).pages] for path in paths}


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, line-end hyphens joined and the footer mark left out."""
    joined = re.sub(r"(\w)-\n(\w)", r"\1\2", text.replace(FOOTER_MARK, " "))
    return re.findall(r"\w+", joined.lower())


def shingles(text: str) -> set[tuple[str, ...]]:
    """Return the distinct runs of five words."""
    found = words(text)
    return {tuple(found[i : i + 5]) for i in range(len(found) - 4)}


def test_there_are_enough_documents_of_enough_municipalities(sidecars: list[dict[str, Any]]) -> None:
    """A newcomer sees at least 64 documents of at least eight Kommunen, each with several."""
    per_kommune = Counter(sidecar["kommune"]["id"] for sidecar in sidecars)
    assert len(sidecars) >= 64
    assert len(per_kommune) >= 8
    assert min(per_kommune.values()) >= 4


def test_two_builds_write_the_same_bytes(paths: list[Path], tmp_path: Path) -> None:
    """Building again elsewhere gives byte-identical PDFs and sidecars, so checksums stay stable."""
    again = build_sample(tmp_path)
    assert [path.name for path in again] == [path.name for path in paths]
    for first, second in zip(paths, again, strict=True):
        assert first.read_bytes() == second.read_bytes()
        assert (
            first.with_name(first.name + ".json").read_bytes() == second.with_name(second.name + ".json").read_bytes()
        )


def test_every_pdf_but_the_scan_has_text(pages: dict[str, list[str]]) -> None:
    """Only the declared scan lacks a text layer; every page of the others has some."""
    without_text = {name for name, texts in pages.items() if not all(words(text) for text in texts)}
    assert without_text == {SCAN}
    short = [name for name, texts in pages.items() if name != SCAN and len(words(" ".join(texts))) < 120]
    assert short == []


def test_every_page_says_that_it_is_invented(pages: dict[str, list[str]]) -> None:
    """The footer mark is on every page that has text."""
    unmarked = [
        name for name, texts in pages.items() if name != SCAN and not all(FOOTER_MARK in text for text in texts)
    ]
    assert unmarked == []


def test_the_scan_is_one_picture(paths: list[Path]) -> None:
    """The scan holds exactly one image, and its document information still says that it is invented."""
    reader = PdfReader(next(path for path in paths if path.name == SCAN))
    assert len(reader.pages[0].images) == 1
    assert reader.metadata is not None
    assert reader.metadata.subject == FOOTER_MARK


def test_lengths_vary(pages: dict[str, list[str]]) -> None:
    """At least a third have two pages or more, and some have six or more."""
    counts = [len(texts) for texts in pages.values()]
    assert sum(count >= 2 for count in counts) * 3 >= len(counts)
    assert max(counts) >= 6


def test_every_layout_is_used() -> None:
    """Every layout that can be drawn is used by a document, and there are at least five."""
    assert {document.layout for document in load_documents()} == set(RENDERERS)
    assert len(RENDERERS) >= 5


def test_an_unknown_layout_is_named(tmp_path: Path) -> None:
    """A misspelt layout is an error that names the document, not a fallback to some other look."""
    document = replace(load_documents()[0], layout="plakat")
    with pytest.raises(CatalogueError, match="plakat") as caught:
        draw(document, tmp_path / "plakat.pdf")
    assert caught.value.source == document.id


def test_sidecars_are_valid(sidecars: list[dict[str, Any]], paths: list[Path]) -> None:
    """Sidecars have only known keys, ISO dates, an eight-digit AGS if any, and name their file."""
    for sidecar, path in zip(sidecars, paths, strict=True):
        assert sidecar.keys() <= SIDECAR_KEYS
        assert sidecar["file_name"] == path.name
        assert sidecar["title"]
        kommune = sidecar["kommune"]
        assert kommune["id"] == slug(kommune["name"])
        assert re.fullmatch(r"\d{8}", kommune.get("ags", "00000000"))
        assert sidecar["id"].startswith(f"sample/{kommune['id']}/")
        if "date" in sidecar:
            date = dt.date.fromisoformat(sidecar["date"])
            assert sidecar["id"].split("/")[2].startswith(date.isoformat())
        created = dt.datetime.fromisoformat(sidecar["created"])
        assert created.utcoffset() is not None
        if "modified" in sidecar:
            assert dt.datetime.fromisoformat(sidecar["modified"]) > created
        if "paper" in sidecar:
            assert sidecar["paper"].keys() == {"id", "name", "reference", "type"}


def test_ids_are_unique(sidecars: list[dict[str, Any]]) -> None:
    """No two documents share an id."""
    assert len({sidecar["id"] for sidecar in sidecars}) == len(sidecars)


def test_exactly_one_document_has_no_date(sidecars: list[dict[str, Any]]) -> None:
    """One document shows how "without date" is counted."""
    assert [sidecar["file_name"] for sidecar in sidecars if "date" not in sidecar] == [UNDATED]


def test_dates_spread_over_the_years(sidecars: list[dict[str, Any]]) -> None:
    """Every year from 2009 to 2026 has at least two documents, so that the date facet has something to show."""
    years = Counter(sidecar["date"][:4] for sidecar in sidecars if "date" in sidecar)
    assert set(years) == {str(year) for year in range(2009, 2027)}
    assert min(years.values()) >= 2


def test_documents_share_papers_consistently(sidecars: list[dict[str, Any]]) -> None:
    """Some papers have several documents, and a paper is described the same way in each of them."""
    papers: dict[str, list[dict[str, str]]] = {}
    for sidecar in sidecars:
        if paper := sidecar.get("paper"):
            papers.setdefault(paper["id"], []).append({key: paper[key] for key in ("name", "reference")})
    assert sum(len(entries) >= 2 for entries in papers.values()) >= 5
    assert max(len(entries) for entries in papers.values()) >= 3
    assert [paper for paper, entries in papers.items() if any(entry != entries[0] for entry in entries)] == []


def test_texts_are_distinct(pages: dict[str, list[str]]) -> None:
    """No two documents share more than 30 % of the shorter one's five-word runs, save the near-duplicate pair."""
    runs = {name: shingles("\n".join(texts)) for name, texts in pages.items() if name != SCAN}

    def alike() -> Iterator[set[str]]:
        for first, second in combinations(runs, 2):
            shared = len(runs[first] & runs[second])
            if shared > 0.3 * min(len(runs[first]), len(runs[second])):
                yield {first, second}

    assert list(alike()) == [NEAR_DUPLICATES]


def test_line_end_hyphens_are_real(pages: dict[str, list[str]]) -> None:
    """Extraction meets words broken at line ends, as in real council PDFs."""
    broken = [name for name, texts in pages.items() if len(re.findall(r"[a-zäöüß]-\n[a-zäöüß]", "\n".join(texts))) >= 3]
    assert len(broken) >= 5


def test_the_quoted_script_survives(pages: dict[str, list[str]]) -> None:
    """One report quotes a script tag, which a result page must show as text and never run."""
    quoting = [name for name, texts in pages.items() if '<script>alert("Ratssitzung")</script>' in "\n".join(texts)]
    assert quoting == ["erlangen-2021-03-16-bericht-sicherheit-internetseiten.pdf"]


def test_texts_fit_the_standard_fonts() -> None:
    """Every character can be set in the standard PDF fonts, so that none turns into a black box."""
    for document in load_documents():
        for text in (document.title, document.body, *document.head, *document.head.values()):
            text.encode("cp1252")


def test_characters_that_break_naive_search_occur(pages: dict[str, list[str]]) -> None:
    """Umlauts, ß and the signs of council papers are extractable."""
    everything = "".join("".join(texts) for texts in pages.values())
    assert [sign for sign in "äöüÄÖÜß§€²³–„“" if sign not in everything] == []


def test_markup_knows_its_blocks() -> None:
    """Each marker of the markup becomes its own kind of block."""
    text_blocks = "# A\n\n## B\n\ntext\ngoes on\n\n- x\n1. y\n(1) z\n\n| a | b |\n| 1 | 2 |\n\n"
    body = text_blocks + "> q\n\n>> r\n\n= v\n\n!! s\n\n===\n\n```\nf\n```"
    assert [block.kind for block in parse(body)] == [
        Kind.HEADING,
        Kind.SUBHEADING,
        Kind.PARAGRAPH,
        Kind.ITEM,
        Kind.ITEM,
        Kind.ITEM,
        Kind.TABLE,
        Kind.QUOTE,
        Kind.RIGHT,
        Kind.FRAMED,
        Kind.STAMPED,
        Kind.PAGE_BREAK,
        Kind.FIXED,
    ]
    assert parse("text\ngoes on") == [Block(Kind.PARAGRAPH, "text goes on")]


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("ein Integrations~zentrum", 18, ["ein Integrations-", "zentrum"]),
        ("ein Integrations~zentrum", 30, ["ein Integrationszentrum"]),
        ("ein Integrations~zentrum", 10, ["ein", "Integrations-", "zentrum"]),
        ("**fett** und mehr", 8, ["fett und", "mehr"]),
        ("", 8, []),
    ],
)
def test_wrap_breaks_at_soft_hyphens(text: str, columns: int, lines: list[str]) -> None:
    """The typewriter breaks words only where the text allows it, and never drops a letter."""
    assert wrap(text, columns) == lines
