"""Reading the sample texts: one TOML file per document under `texts/<kommune>/`, municipalities in `kommunen.toml`.

A text file holds `title`, `layout` (a key of `layouts.RENDERERS`), optional `date`, `created`, `modified`,
`organizations`, `keywords`, a `[paper]` table (`name`, `reference`, `type`), a `[head]` table of label = value pairs
that the layout prints in its head, and a `[text]` table with the `body` in the markup of `searchsvc.sample.markup`.
"""

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from analyzers import slug

FOOTER_MARK = "Beispieldokument von searchsvc - frei erfunden"
"""Printed at the foot of every page, so that nobody takes a sample for a real decision."""


class CatalogueError(ValueError):
    """A text file of the sample collection is malformed; `source` names it."""

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source


@dataclass(frozen=True)
class SampleKommune:
    """A municipality: `authority` and `office` head its letters, `colour` (hex RGB) is its house colour."""

    id: str
    name: str
    ags: str | None
    authority: str
    office: str
    colour: str


@dataclass(frozen=True)
class SamplePaper:
    """The Vorgang a document belongs to (OParl Paper); documents with the same reference share it."""

    id: str
    name: str
    reference: str
    type: str


@dataclass(frozen=True)
class SampleDocument:
    """One sample document: its metadata and its text in the sample markup."""

    id: str
    title: str
    file_name: str
    kommune: SampleKommune
    layout: str
    date: dt.date | None
    created: dt.datetime | None
    modified: dt.datetime | None
    paper: SamplePaper | None
    organizations: tuple[str, ...]
    keywords: tuple[str, ...]
    head: Mapping[str, str]
    body: str


def load_documents() -> list[SampleDocument]:
    """Read all documents of the package, ordered by Kommune (as listed in `kommunen.toml`), then by file name.

    Raises:
        CatalogueError: a file is not TOML, or lacks or misspells a field.
    """
    texts = files(__package__) / "texts"
    kommunen = _read_toml(texts / "kommunen.toml")
    documents: list[SampleDocument] = []
    for kommune_id, fields in kommunen.items():
        kommune = SampleKommune(
            id=kommune_id,
            name=fields["name"],
            ags=fields.get("ags"),
            authority=fields["authority"],
            office=fields["office"],
            colour=fields["colour"],
        )
        sources = sorted((texts / kommune_id).iterdir(), key=lambda source: source.name)
        documents.extend(_document(source, kommune) for source in sources if source.name.endswith(".toml"))
    return documents


def _read_toml(source: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(source.name, str(error)) from error


_FIELDS = {"title", "layout", "date", "created", "modified", "organizations", "keywords", "paper", "head", "text"}


def _document(source: Traversable, kommune: SampleKommune) -> SampleDocument:
    fields = _read_toml(source)
    stem = source.name.removesuffix(".toml")
    if unknown := fields.keys() - _FIELDS:
        raise CatalogueError(source.name, f"unknown fields {sorted(unknown)}")
    if missing := {"title", "layout", "text"} - fields.keys():
        raise CatalogueError(source.name, f"missing fields {sorted(missing)}")
    return SampleDocument(
        id=f"sample/{kommune.id}/{stem}",
        title=fields["title"],
        file_name=f"{kommune.id}-{stem}.pdf",
        kommune=kommune,
        layout=fields["layout"],
        date=fields.get("date"),
        created=fields.get("created"),
        modified=fields.get("modified"),
        paper=_paper(fields["paper"], kommune) if "paper" in fields else None,
        organizations=tuple(fields.get("organizations", ())),
        keywords=tuple(fields.get("keywords", ())),
        head=fields.get("head", {}),
        body=fields["text"]["body"],
    )


def _paper(fields: Mapping[str, str], kommune: SampleKommune) -> SamplePaper:
    reference = fields["reference"]
    return SamplePaper(
        id=f"sample/{kommune.id}/vorgang/{slug(reference)}",
        name=fields["name"],
        reference=reference,
        type=fields["type"],
    )
