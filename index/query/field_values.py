"""What stands behind the name of a field that has values: Kommunen and days, and groups of them."""

from __future__ import annotations

from collections.abc import Callable

from index.contract import SearchWarning
from index.query import nodes
from index.query.days import parse_days
from index.query.fields import TEXT_FIELD
from index.query.kommunen import KommuneDirectory
from index.query.language import Phrase, Word
from index.query.words import SEARCHED_FIELDS, Notes, Words

Value = Callable[[Word | Phrase], nodes.Node | None]
"""Plans one value."""


class FieldValues:
    """Plans single values; what is none is searched as words, with a warning."""

    def __init__(self, kommunen: KommuneDirectory, words: Words, notes: Notes) -> None:
        self._kommunen = kommunen
        self._words = words
        self._notes = notes

    def kommune(self, node: Word | Phrase) -> nodes.Node | None:
        """Return the documents of the Kommunen that a name, an id or an AGS stands for."""
        if ids := self._kommunen.resolve(node.text):
            return nodes.Or(tuple(nodes.Term("kommune", kommune_id) for kommune_id in ids))
        self._warn("unknown_kommune", "there are no documents of this Kommune; searched as words", node.text)
        with self._notes.uncorrected():
            return self._words.either(node, (TEXT_FIELD["meta"],))

    def date(self, node: Word | Phrase) -> nodes.Node | None:
        """Return the documents of a day, a month, a year or a span."""
        if days := parse_days(node.text):
            return nodes.DateRange(*days)
        self._warn(
            "invalid_date", "a date is like 2013, 2013-11, 13.11.2013 or 2013..2014; searched as words", node.text
        )
        with self._notes.uncorrected():
            return self._words.either(node, SEARCHED_FIELDS)

    def _warn(self, code: str, message: str, detail: str) -> None:
        self._notes.warnings.append(SearchWarning(code, message, detail))
