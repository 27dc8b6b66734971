"""An index in memory that follows the protocols of ``index.contract``, and can be made to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from index.contract import Change, Document


class FakeIndex:
    """Writer and reader of documents in a dictionary.

    ``errors`` are raised, first to last, by the next calls of ``apply`` and ``rebuild``.
    """

    def __init__(self, needs_rebuild: str | None = None) -> None:
        self.documents: dict[str, Document] = {}
        self.applied_change = 0
        self.needs_rebuild = needs_rebuild
        self.errors: list[Exception] = []
        self.rebuilds = 0
        self.batches: list[int] = []

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes, or fail and leave everything as it was."""
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append(len(changes))
        for change in changes:
            assert change.number > self.applied_change, "changes must come in order"
            if change.document is None:
                self.documents.pop(change.document_id, None)
            else:
                self.documents[change.document_id] = change.document
            self.applied_change = change.number

    def tidy(self) -> bool:
        """There is never anything to do."""
        return False

    def rebuild(
        self, documents: Iterable[Document], *, change_number: int, progress: Callable[[int], Any] | None = None
    ) -> None:
        """Take over all documents, or fail and leave everything as it was."""
        if self.errors:
            raise self.errors.pop(0)
        built = {}
        for number, document in enumerate(documents, start=1):
            built[document.id] = document
            if progress is not None:
                progress(number)
        self.documents, self.applied_change, self.needs_rebuild = built, change_number, None
        self.rebuilds += 1

    def close(self) -> None:
        """There is nothing to release."""
