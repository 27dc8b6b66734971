"""An index in memory that follows the protocols of ``index.contract``, and can be made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from index.contract import Change, Document, Rejection


class FakeIndex:
    """Writer and reader of documents in a dictionary.

    ``errors`` are raised, first to last, by the next calls of ``apply`` and ``rebuild``. Documents whose ids begin with
    ``schlimm`` cannot be indexed.
    """

    def __init__(self, needs_rebuild: str | None = None) -> None:
        self.documents: dict[str, Document] = {}
        self.applied_change = 0
        self.needs_rebuild = needs_rebuild
        self.errors: list[Exception] = []
        self.trouble: str | None = None
        self.rebuilds = 0
        self.batches: list[int] = []

    def apply(self, changes: Sequence[Change]) -> Sequence[Rejection]:
        """Apply changes, or fail and leave everything as it was."""
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append(len(changes))
        for change in changes:
            assert change.number > self.applied_change, "changes must come in order"
            self.documents.pop(change.document_id, None)
            if change.document is not None and not _is_bad(change.document):
                self.documents[change.document_id] = change.document
            self.applied_change = change.number
        return [_rejection(change.document) for change in changes if change.document and _is_bad(change.document)]

    def tidy(self) -> bool:
        """There is never anything to do."""
        return False

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> Sequence[Rejection]:
        """Take over all documents, or fail and leave everything as it was."""
        if self.errors:
            raise self.errors.pop(0)
        built = {}
        for number, document in enumerate(documents, start=1):
            built[document.id] = document
            if progress is not None:
                progress(number)
        rejected = [_rejection(built.pop(one.id)) for one in list(built.values()) if _is_bad(one)]
        self.documents, self.applied_change, self.needs_rebuild = built, change_number, None
        self.rebuilds += 1
        return rejected

    def close(self) -> None:
        """There is nothing to release."""


def _is_bad(document: Document) -> bool:
    return document.id.startswith("schlimm")


def _rejection(document: Document) -> Rejection:
    return Rejection(document.id, "cannot digest this")
