"""The engine protocol: what the service asks of a search engine, reading and writing.

Nothing outside ``index`` knows which engine runs. An engine is opened read-only by any number of processes and for
writing by exactly one. Implementations must pass the acceptance tests in ``tests/test_engine_contract.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from index.contract.bounds import Bounds
from index.contract.documents import Document
from index.contract.request import SearchRequest
from index.contract.result import Completion, EngineState, EngineStats, Hit, SearchResult


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the change log: the document's new state, or None when it was deleted. ``number`` increases."""

    number: int
    document_id: str
    document: Document | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A document that cannot be indexed, which is a defect of ours: it was left out, and the rest went on."""

    document_id: str
    reason: str


class SearchEngine(Protocol):
    """Reading side: safe to use from any thread of any number of processes; picks up new commits by itself."""

    def within(self, bounds: Bounds) -> SearchEngine:
        """Return an engine for the documents within bounds only, on the same index; costs next to nothing.

        Everything it tells, scores, counts, completions, spellings and names of Kommunen among it, is told as if there
        were no other documents. What ``stats`` tells of the index as a whole (bytes, segments) stays; ``generation``
        names the bounds as well.
        Bounds of an engine that has some already narrow it further.
        """
        ...

    def search(self, request: SearchRequest) -> SearchResult:
        """Answer a search. Raises ``InvalidRequest``, ``IndexUnavailable`` or ``SearchTimeout``.

        What people type never raises, but for the time it may take.
        """
        ...

    def scan(self, request: SearchRequest) -> Iterator[Hit]:
        """Return all hits of a search, in its order, of one snapshot: later commits neither show nor disturb.

        Page, facets and snippets are not looked at. Memory does not grow with the hits but for a few numbers each.
        Raises at once what ``search`` raises; ``IndexUnavailable`` later on only when files are damaged.
        """
        ...

    def matching(self, request: SearchRequest, document_ids: Sequence[str]) -> Sequence[str]:
        """Return those of some documents that a search finds; partial matches do not count.

        Takes time by the number of ``document_ids``, not of all documents. Raises what ``search`` raises.
        """
        ...

    def suggest(self, prefix: str, *, limit: int = 8) -> Sequence[Completion]:
        """Complete what a person has typed so far; only completions that find something."""
        ...

    def similar(self, document_id: str, *, limit: int = 5) -> Sequence[Hit]:
        """Return documents like this one, best first. An unknown id gives none."""
        ...

    def highlight(self, pages: Sequence[str], q: str, *, exact: bool = False) -> Sequence[str]:
        """Return each page as escaped HTML with the words of ``q`` in ``<mark>`` elements.

        Raises ``InvalidRequest``, ``IndexUnavailable`` or ``SearchTimeout``.
        """
        ...

    def stats(self) -> EngineStats:
        """Count what is in the index. Raises ``IndexUnavailable``."""
        ...

    def verify(self, read: Callable[[int], object] = lambda _: None) -> None:
        """Read all of the index and compare it with its checksums; ``read`` is called with numbers of bytes read.

        It may take its time, to spare the disk. Raises ``IndexDamaged`` or ``IndexUnavailable``.
        """
        ...

    def state(self) -> EngineState:
        """Tell whether searches can be answered, and on which state of the index.

        Never raises, and costs next to nothing: it is asked at every request.
        """
        ...

    def close(self) -> None:
        """Release files. The engine must not be used afterwards."""
        ...


class IndexWriter(Protocol):
    """Writing side; at most one at a time per index, others get ``IndexLocked``."""

    @property
    def applied_change(self) -> int:
        """Number of the last change that is durably in the index; 0: none."""
        ...

    @property
    def needs_rebuild(self) -> str | None:
        """English reason why the index must be built anew (missing, damaged, other fingerprint); None: it need not."""
        ...

    @property
    def trouble(self) -> str | None:
        """English reason why something beside changes, such as merging, keeps failing; None: all is well.

        Changes go on meanwhile.
        """
        ...

    def apply(self, changes: Sequence[Change]) -> Sequence[Rejection]:
        """Put changes into the index, in order, and make them durable and visible as one; return what was left out.

        Of a document that is left out no earlier state is found either. Applying a change again is harmless. Raises
        ``IndexStorageError`` or ``IndexDamaged``; then none of the batch is visible.
        """
        ...

    def tidy(self) -> bool:
        """Do what is due beside changes, such as merging, without holding changes up; tell whether more is going on.

        Call it now and then while there is nothing else to do. Raises like ``apply``; nothing is lost then. What fails
        here for other reasons is tried again, less and less often, and told by ``trouble``.
        """
        ...

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> Sequence[Rejection]:
        """Build a new generation from all documents beside the serving one and switch to it atomically.

        ``change_number`` is the number up to which ``documents`` are current (later changes are applied as usual).
        ``progress`` is called with the number of documents so far. Returns the documents that were left out. Raises
        like ``apply``; then the old generation keeps serving.
        """
        ...

    def close(self) -> None:
        """Release the writer's lock."""
        ...
