"""Our engine as the service uses it: documents in, a query as typed in a request, hits out."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from analyzers import GermanAnalysis
from benchmarks.relevance.judged import Collection
from index.contract import Document, SearchRequest
from index.query.fields import SCHEMA_VERSION
from index.query.weights import DEFAULT_WEIGHTS
from index.whoosh import WhooshEngine, WhooshIndexWriter
from index.whoosh.toc import open_latest

PROBED_EVERY = 16
"""One in so many documents is indexed to see whether an index made earlier is still what would be made now."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Our engine with some of its arguments changed: those of the analysis, of the engine, of each request."""

    name: str
    analysis: Mapping[str, Any] = field(default_factory=dict)
    engine: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] = field(default_factory=dict)


def weighted(name: str, **changes: float) -> Variant:
    """Return a variant with other weights."""
    return Variant(name, engine={"weights": replace(DEFAULT_WEIGHTS, **changes)})


OURS = Variant("searchsvc")

STEMMER_VARIANTS = (
    Variant("stemmer snowball-nltk", analysis={"stemmer": "snowball-nltk"}),
    Variant("stemmer cistem", analysis={"stemmer": "cistem"}),
    Variant("no stemmer", analysis={"stemmer": "none"}),
    Variant("no base forms", analysis={"base_forms": False}),
    Variant("stemmer cistem, no base forms", analysis={"stemmer": "cistem", "base_forms": False}),
)

ABLATIONS = (
    *STEMMER_VARIANTS,
    Variant("no compounds", analysis={"compounds": False}),
    Variant("no terms across words", analysis={"spanning": False}),
    Variant("no synonyms", analysis={"synonyms": ()}),
    Variant("no stop words", analysis={"stop_words": frozenset()}),
    weighted("near parts weigh nothing", near=0.0),
    weighted("derived words weigh nothing", derived=0.0),
    weighted("parts weigh as much as words", part=1.0),
    weighted("title weighs as much as text", title=1.0),
    weighted("only best covered documents", coverage=1.0, sentence_coverage=1.0),
    weighted("share covered without effect", coordination=0.0),
    Variant("exact", request={"exact": True}),
)
"""Each filter switched off or exchanged, by itself."""


class Searchsvc:
    """A variant of our engine, on an index of a collection."""

    index_name = "searchsvc"
    _probes: ClassVar[dict[tuple[str, str], str]] = {}

    def __init__(self, variant: Variant, collection: Collection) -> None:
        self.name = variant.name
        self._variant = variant
        self.analysis = GermanAnalysis(**variant.analysis)
        self._collection = collection
        self.settings = {"request": dict(variant.request), "engine": repr(dict(variant.engine))}

    @property
    def index_settings(self) -> Mapping[str, Any]:
        """Whatever decides what is in the index, found by making a small one.

        A version raised too late would otherwise measure the analysis of yesterday.
        """
        key = (repr(sorted(self._variant.analysis.items())), self._collection.name)
        if key not in self._probes:
            self._probes[key] = self._probe()
        return {"schema": SCHEMA_VERSION, "analysis": self.analysis.fingerprint, "probe": self._probes[key]}

    def _probe(self) -> str:
        with TemporaryDirectory() as name:
            folder = Path(name)
            # In one process, so that the same documents give the same files.
            self._build(folder, islice(self._collection.documents(), 0, None, PROBED_EVERY), processes=1)
            digest = hashlib.sha256()
            for path in sorted(folder.glob("gen-*/*.arrays")):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def build(self, folder: Path, documents: Iterable[Document]) -> None:
        self._build(folder, documents, processes=0)

    def _build(self, folder: Path, documents: Iterable[Document], processes: int) -> None:
        writer = WhooshIndexWriter.open(folder, self.analysis, processes=processes)
        try:
            writer.rebuild(documents, change_number=1)
        finally:
            writer.close()

    def open(self, folder: Path) -> None:
        self.engine = WhooshEngine(folder, self.analysis, **self._variant.engine)
        (generation,) = folder.glob("gen-*")
        self.snapshot = open_latest(generation, 0, None)

    def rank(self, query: str, count: int) -> list[str]:
        request = {"per_page": count, "facets": (), "highlight": False, **self._variant.request}
        result = self.engine.search(SearchRequest(q=query, **request))
        return [hit.id for hit in result.hits]

    def word_count(self) -> int:
        """Count the distinct folded words of all texts."""
        return len(
            {
                term
                for segment in self.snapshot.segments
                for term in segment.data.terms_from("text_word", "", sys.maxsize)
            }
        )
