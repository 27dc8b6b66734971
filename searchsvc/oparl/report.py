"""What an import has done so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from searchsvc.ingest import FailedItem


@dataclass(slots=True)
class Work:
    """How much there is to do and how much is done: entries of lists, and files that were put off.

    ``lists`` has for each list how many entries it is expected to have, None: not known yet.
    """

    done: int = 0
    put_off: int = 0
    lists: dict[str, int | None] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All there is to do; 0: not known yet."""
        known = [count for count in self.lists.values() if count is not None]
        return sum(known) + self.put_off if known and len(known) == len(self.lists) else 0


@dataclass(slots=True)
class ImportReport:
    """Counts of one import; ``failed`` names the items of this import that failed, files and lists.

    ``withheld`` are files whose documents were deleted here by hand and therefore stay deleted; ``trusted`` those that
    were not asked for though the server calls them modified. ``error`` says why the import ended before its time,
    ``held`` why it did not delete what seems to be gone.
    """

    stored: int = 0
    unchanged: int = 0
    deleted: int = 0
    withheld: int = 0
    trusted: int = 0
    list_pages: int = 0
    requests: int = 0
    received_bytes: int = 0
    failed: list[FailedItem] = field(default_factory=list)
    work: Work = field(default_factory=Work)
    error: str | None = None
    held: str | None = None

    @property
    def items(self) -> int:
        """Number of files dealt with."""
        return self.stored + self.unchanged + self.deleted + self.withheld

    @property
    def result(self) -> str:
        """How the import went: ``ok``, ``incomplete`` or ``failed``."""
        if self.error is not None:
            return "failed"
        return "incomplete" if self.failed or self.held else "ok"

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {
            "stored": self.stored,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "withheld": self.withheld,
            "trusted": self.trusted,
            "failed": len(self.failed),
            "list_pages": self.list_pages,
            "requests": self.requests,
            "received_bytes": self.received_bytes,
        }


Progress = Callable[[ImportReport], None]
