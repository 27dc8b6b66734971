"""Judged queries and the collections they are asked of, as they lie in ``DATA / "eval"``."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from benchmarks import collection
from index.contract import Document
from searchsvc.documents.input import parse_document

SETS = ("council", "council2", "karlsruhe-llm-keypoints", "karlsruhe-title-knownitem", "xquad-de")
"""Names of the sets of queries; all but the last are asked of Karlsruhe's files."""

MIN_TEXT_CHARS = 50
"""Files with less text were not judged, so nobody gets them."""

SAMPLE_SEED = 20261122

ADDED = Path(__file__).parent / "judgements"
"""Judgements of what the sets' own pools did not have; a README there says how they were made."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query as typed. ``kind``: the sort of difficulty it stands for; empty where the set names none."""

    id: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """Queries with their judgements: ``grades[query id][document id]`` is 0, 1 or 2."""

    name: str
    collection: str
    queries: tuple[Query, ...]
    grades: dict[str, dict[str, int]]

    @property
    def top_grade(self) -> int:
        """The best grade there is: what the reciprocal rank looks for."""
        return max((grade for grades in self.grades.values() for grade in grades.values()), default=1)

    @property
    def has_complete_judgements(self) -> bool:
        """Whether irrelevant documents were judged too, so that counting unjudged ones says something."""
        return any(grade == 0 for grades in self.grades.values() for grade in grades.values())

    def sampled(self, count: int | None) -> JudgedSet:
        """Return the set with at most ``count`` queries, always the same; a larger sample has those of a smaller."""
        if count is None or count >= len(self.queries):
            return self
        order = list(range(len(self.queries)))
        random.Random(SAMPLE_SEED).shuffle(order)
        return replace(self, queries=tuple(self.queries[at] for at in sorted(order[:count])))


@dataclass(frozen=True)
class Collection:
    """Documents that queries are asked of; read anew by each iteration."""

    name: str
    data: Path

    def documents(self) -> Iterator[Document]:
        """Yield the documents as an import would make them."""
        if self.name == "xquad-de":
            yield from _paragraphs(self._files[0])
            return
        for record in collection.karlsruhe(self.data):
            if len((record.get("text") or "").strip()) >= MIN_TEXT_CHARS:
                yield parse_document(record)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over the files that the documents are made from."""
        digest = hashlib.sha256()
        for path in self._files:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    @property
    def _files(self) -> list[Path]:
        if self.name == "xquad-de":
            return [self.data / "eval" / self.name / "docs.jsonl"]
        return sorted((self.data / self.name).iterdir())


def read_set(data: Path, name: str, *, as_given: bool = False) -> JudgedSet:
    """Read a set of judged queries. ``as_given``: without the judgements in ``ADDED``."""
    folder = data / "eval" / name
    if (folder / "queries.jsonl").exists():
        lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines]
        queries = [Query(record["id"], record["query"], record.get("kind", "")) for record in records]
    else:
        lines = (folder / "queries.tsv").read_text(encoding="utf-8").splitlines()
        queries = [Query(*line.split("\t", 1)) for line in lines]
    grades: dict[str, dict[str, int]] = {query.id: {} for query in queries}
    files = [folder / "qrels.tsv"] if as_given else [ADDED / f"{name}.tsv", folder / "qrels.tsv"]
    for line in (line for path in files if path.exists() for line in path.read_text(encoding="utf-8").splitlines()):
        if not line.startswith("#"):
            query_id, _, document_id, grade = line.split("\t")
            grades[query_id][document_id] = int(grade)
    return JudgedSet(name, "xquad-de" if name == "xquad-de" else "karlsruhe", tuple(queries), grades)


def title_of(document: Document) -> str:
    """Return the title that other engines are given: of the paper and of the file, as ours searches both."""
    names = [document.paper.name if document.paper else None, document.title]
    return " ".join(dict.fromkeys(name for name in names if name))


def text_of(document: Document) -> str:
    """Return the whole text of a document."""
    return "\n".join(document.pages)


def _paragraphs(path: Path) -> Iterator[Document]:
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        # No title, and so no words in the title field: the id would be one for parse_document.
        yield Document(id=record["_id"], title="", pages=(record["text"],))
