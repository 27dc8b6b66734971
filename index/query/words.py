"""How one word or phrase of a query may be found: as it is, as a part, in another spelling, by a synonym.

What a word was found by is told by ``Alternative``; what is to be marked in texts, and which words spelling may look
at, is noted beside (``Notes``).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from rapidfuzz.distance import OSA

from analyzers import GermanAnalysis, QueryWord, clean_text, fold_word, joined_verbs, words_of_day
from index.contract import SearchWarning
from index.query import nodes
from index.query.days import parse_day
from index.query.fields import TEXT_FIELD, TEXT_FIELDS, TextField
from index.query.language import Phrase, Word, written
from index.query.marking import Marks, PhraseMark
from index.query.nodes import either
from index.query.plan import Alternative, TypedWord, Way
from index.query.vocabulary import Vocabulary
from index.query.weights import Weights
from index.query.wildcards import matcher

SEARCHED_FIELDS = tuple(each for each in TEXT_FIELDS if not each.searched_by_name_only)

NEAR_FIELDS = (TEXT_FIELD["title"], TEXT_FIELD["text"])
"""Where the parts of a query's compound are looked for near each other."""

RARE_DOCS = 100
"""Only of a compound in fewer documents the parts are looked for: of a common one they add nothing but work."""

NEAR_SLOP = 5
"""How many words further the second part may be: "Bekämpfung von Stechmücken" is 2."""

STEMS = operator.attrgetter("stem_name")
PARTS = operator.attrgetter("part_name")
SPANS = operator.attrgetter("span_name")
"""The sides of a field that stems, parts of words and what spans several words are looked up in."""

COMPOUNDS = ("text", "text_span")
"""Where to see how common a compound is."""

PARAGRAPH = "§"

LETTERS_AND_DIGITS = re.compile(r"([^\W\d_]+)(\d+)|(\d{1,3})([^\W\d_])")
"""A road (A5) or the number of a house (5a)."""

MAX_PADDED_DIGITS = 6
"""Digits up to which zeros before a number are expected: "2013/000456"."""

LINKING = ("", "s", "es", "n", "en", "er")
"""Letters between the parts of a compound."""


@dataclass(slots=True)
class Notes:
    """What is collected beside the nodes while a query is planned."""

    marks: Marks = field(default_factory=Marks)
    alternatives: list[Alternative] = field(default_factory=list)
    typed_words: list[TypedWord] = field(default_factory=list)
    warnings: list[SearchWarning] = field(default_factory=list)

    @contextmanager
    def unwanted(self) -> Iterator[None]:
        """Plan a part that is not wanted meanwhile, and so neither marked, nor explained, nor corrected."""
        kept = self.alternatives
        self.alternatives = []
        with self.unmarked(), self.uncorrected():
            yield
        self.alternatives = kept

    @contextmanager
    def unmarked(self) -> Iterator[None]:
        """Plan a part whose words are a field's value meanwhile, which nobody looks for in texts."""
        kept, self.marks = self.marks, Marks()
        yield
        self.marks = kept

    @contextmanager
    def uncorrected(self) -> Iterator[None]:
        """Plan a part whose words are no words to correct meanwhile."""
        kept, self.typed_words = self.typed_words, []
        yield
        self.typed_words = kept


class Words:
    """Plans words and phrases. ``vocabulary`` None: only to mark them, as if every word occurred."""

    def __init__(
        self,
        analysis: GermanAnalysis,
        weights: Weights,
        vocabulary: Vocabulary | None,
        notes: Notes,
        *,
        exact: bool,
    ) -> None:
        self._analysis = analysis
        self.weights = weights
        self._vocabulary = vocabulary
        self._notes = notes
        self._exact = exact
        self.of = cache(analysis.query_words)

    def either(self, node: Word | Phrase, fields: Sequence[TextField]) -> nodes.Node | None:
        """Return a node for a word or a phrase in any of some fields; None when it has no letters or digits."""
        return self._word(node, fields) if isinstance(node, Word) else self._phrase(node, fields)

    def with_particle(self, word: Word, particle: Word) -> list[Word]:
        """Return the verb that a word may be one of, together with a particle torn off it, if there is such a verb.

        Without a vocabulary nobody knows which of several it is; then all are returned.
        """
        verbs = joined_verbs(written(word), written(particle))
        if self._vocabulary is not None:
            occurring = (verb for verb in verbs if self._occurs("text", self._analysis.form(verb).stem))
            verbs = [self._vocabulary.as_written(verb) for verb in islice(occurring, 1)]
        return [Word(verb, word.start, word.end) for verb in verbs]

    def _word(self, node: Word, fields: Sequence[TextField]) -> nodes.Node | None:
        if node.is_pattern:
            return self._pattern(fold_word(node.text), fields)
        words = self.of(node.text)
        self._remember(words, node)
        ways = [] if self._exact else self._ways(node.text, words, fields)
        if node.text.startswith(PARAGRAPH) and ways:
            self._notes.marks.words.update(
                word.word for word in words
            )  # found only behind the sign: "3" alone is no § 3
        else:
            ways.insert(0, Alternative(node.text, Way.WORD, node.text, self._together(words, fields)))
        if not self._exact and (day := parse_day(node.text)):
            ways.append(Alternative(node.text, Way.WORD, node.text, nodes.DateRange(day, day, self.weights.day)))
        if node.is_fuzzy and len(words) == 1:
            ways.append(Alternative(node.text, Way.FUZZY, node.text, self._fuzzy(words[0].word, fields)))
        ways = [way for way in ways if way.node is not None]
        if not ways and words:
            ways.append(Alternative(node.text, Way.WORD, node.text, nodes.Nothing()))
        self._notes.alternatives += ways
        return either(way.node for way in ways)

    def _phrase(self, node: Phrase, fields: Sequence[TextField]) -> nodes.Node | None:
        words = self.of(node.text)
        query = self._together(words, fields, slop=node.slop)
        return nodes.Nothing() if query is None and words else query

    def _ways(self, typed: str, words: Sequence[QueryWord], fields: Sequence[TextField]) -> list[Alternative]:
        """Return how else a word can be found than as it is."""
        ways = []
        spans = self._analysis.spanning_stems(clean_text(typed))
        stems = [word.stem for word in words]
        joined = stems if len(words) == 1 else spans
        self._notes.marks.parts.update(joined)
        self._notes.marks.stems.update(joined)
        if len(words) > 1:
            self._mark_other_writings(stems, spans)
            terms = self._any_of(joined, STEMS, fields, 1.0)
            ways.append(Alternative(typed, Way.WORD, typed.replace("-", ""), terms))
        ways.append(Alternative(typed, Way.PART, typed, self._any_of(joined, PARTS, fields, self.weights.part)))
        across = list(dict.fromkeys([*spans, *joined]))
        ways.append(Alternative(typed, Way.SPAN, typed, self._any_of(across, SPANS, fields, self.weights.span)))
        if len(words) == 1:
            linked_otherwise = self._analysis.linked_otherwise(words[0].surface)
            self._notes.marks.stems.update(linked_otherwise)
            terms = self._any_of(linked_otherwise, STEMS, fields, self.weights.span)
            ways.append(Alternative(typed, Way.SPAN, typed, terms))
            ways.append(Alternative(typed, Way.SPAN, typed, self._apart(words[0].surface, fields)))
            for stem in self._analysis.derived_stems(words[0].surface):
                terms = self._any_of([stem], STEMS, fields, self.weights.derived)
                ways.append(Alternative(typed, Way.DERIVED, stem, terms))
                self._notes.marks.stems.add(stem)
        ways += [
            Alternative(typed, Way.NEAR, f"{first} … {second}", self._near(first, second, fields))
            for first, second in self._halves(words, joined)
        ]
        ways += self._synonyms(typed, words, fields)
        return ways

    def _mark_other_writings(self, stems: Sequence[str], spans: Sequence[str]) -> None:
        """Mark a number written with other zeros, a day with the name of its month: they are found as one term."""
        if any(map(str.isdecimal, stems)):
            self._notes.marks.phrases.append(PhraseMark(tuple(map(with_other_zeros, stems))))
        for span in spans:
            if day := words_of_day(span):
                steps = (frozenset(self._analysis.form(word).stem for word in words) for words in day)
                self._notes.marks.phrases.append(PhraseMark(tuple(steps)))

    def _apart(self, surface: str, fields: Sequence[TextField]) -> nodes.Node | None:
        """Return the letters and the digits of a word next to each other: "A 5" for A5; these are not marked."""
        if not (parts := LETTERS_AND_DIGITS.fullmatch(surface)):
            return None
        terms = [self._analysis.form(part).stem for part in parts.groups() if part]
        queries = [
            nodes.Phrase(text_field.name, tuple(terms), weight=self._weight(text_field) * self.weights.span)
            for text_field in fields
            if all(self._occurs(text_field.name, term) for term in terms)
        ]
        return either(queries)

    def _halves(self, words: Sequence[QueryWord], compound: Sequence[str]) -> list[tuple[str, str]]:
        """Return the two halves of a rare compound, for each place where it can be cut."""
        if self._vocabulary is None or any(
            self._vocabulary.document_frequency(name, stem) >= RARE_DOCS for name in COMPOUNDS for stem in compound
        ):
            return []
        if len(words) == 2 and all(word.surface.isalpha() for word in words):
            return [(words[0].stem, words[1].stem)]
        return self._analysis.halves(words[0].surface) if len(words) == 1 else []

    def _near(self, first: str, second: str, fields: Sequence[TextField]) -> nodes.Node | None:
        """Return the halves of a compound near each other, in either order; they are not marked elsewhere."""
        queries: list[nodes.Node | None] = []
        for text_field in fields:
            if text_field in NEAR_FIELDS:
                weight = self._weight(text_field) * self.weights.near
                queries.append(nodes.Near(text_field.name, (first, second), NEAR_SLOP, weight))
        return either(queries)

    def _synonyms(self, typed: str, words: Sequence[QueryWord], fields: Sequence[TextField]) -> list[Alternative]:
        stems = tuple(word.stem for word in words)
        known, weights = self._analysis.synonyms, self.weights
        ways = [self._synonym(typed, synonym, fields, weights.synonym) for synonym in known.same.get(stems, ())]
        ways += [self._synonym(typed, synonym, fields, weights.related) for synonym in known.related.get(stems, ())]
        if len(words) > 1:  # "OB-Wahl" is an "Oberbürgermeisterwahl"
            rest = "".join(word.surface.lower() for word in words[1:])
            for synonym in filter(str.isalpha, known.same.get((words[0].stem,), ())):
                compounds = [synonym + linking + rest for linking in LINKING]
                ways += [self._synonym(typed, compound, fields, weights.synonym) for compound in compounds]
        return [way for way in ways if way.node is not None]

    def _synonym(self, typed: str, synonym: str, fields: Sequence[TextField], weight: float) -> Alternative:
        words = self.of(synonym)
        queries = [self._together(words, fields)]
        if len(words) == 1:
            self._notes.marks.parts.add(words[0].stem)
            queries.append(self._any_of([words[0].stem], PARTS, fields, self.weights.part))
        query = either(queries)
        if query is not None:
            query = nodes.Or((query,), weight)
        return Alternative(typed, Way.SYNONYM, synonym, query)

    def _any_of(
        self, terms: Sequence[str], side: Callable[[TextField], str | None], fields: Sequence[TextField], factor: float
    ) -> nodes.Node | None:
        """Return the documents with any of some terms on one side of any of the fields."""
        names = [(name, text_field) for text_field in fields if (name := side(text_field))]
        return either([self._term(name, text_field, term, factor) for name, text_field in names for term in terms])

    def _weight(self, text_field: TextField) -> float:
        return self.weights.field(text_field.name)

    def _term(self, name: str, text_field: TextField, text: str, factor: float = 1.0) -> nodes.Node | None:
        """Return a query for a term; None when no document has it, as most terms in most fields."""
        if not self._occurs(name, text):
            return None
        return nodes.Term(name, text, self._weight(text_field) * factor)

    def _occurs(self, name: str, text: str) -> bool:
        return self._vocabulary is None or self._vocabulary.document_frequency(name, text) > 0

    def _remember(self, words: Sequence[QueryWord], node: Word) -> None:
        """Note where each word stands in the query, so that a correction can replace just that."""
        start = node.start
        if " " in node.text:
            return  # a star was taken out, so the places would be wrong
        for word in words:
            offset = node.text.find(word.surface, start - node.start)
            if offset >= 0:
                start = node.start + offset
                self._notes.typed_words.append(TypedWord(word.surface, word.word, start, start + len(word.surface)))
                start += len(word.surface)

    def _together(self, words: Sequence[QueryWord], fields: Sequence[TextField], slop: int = 1) -> nodes.Node | None:
        """Return the words in any of the fields, next to each other and in order if there are several."""
        if not words:
            return None
        queries: list[nodes.Node | None] = []
        for text_field in fields:
            use_words = self._exact or not text_field.stemmed
            terms = [word.word if use_words else word.stem for word in words]
            name = text_field.word_name if use_words else text_field.name
            if len(terms) == 1:
                queries.append(self._term(name, text_field, terms[0]))
            elif all(self._occurs(name, term) for term in terms):
                queries.append(nodes.Phrase(name, tuple(terms), slop, self._weight(text_field)))
        marked = [word.word if self._exact else word.stem for word in words]
        if len(words) > 1:
            steps = tuple(frozenset((term,)) for term in marked)
            self._notes.marks.phrases.append(PhraseMark(steps, slop, of_stems=not self._exact))
        else:
            (self._notes.marks.words if self._exact else self._notes.marks.stems).update(marked)
        return either(queries)

    def _pattern(self, pattern: str, fields: Sequence[TextField]) -> nodes.Node | None:
        stem = pattern.rstrip("*")
        is_prefix = "*" not in stem
        self._notes.marks.conditions.append(matcher(pattern))
        return self._expansion(
            lambda name, weight: (
                nodes.Prefix(name, stem, weight) if is_prefix else nodes.Wildcard(name, pattern, weight)
            ),
            self.weights.pattern,
            fields,
        )

    def _fuzzy(self, word: str, fields: Sequence[TextField]) -> nodes.Node | None:
        edits = max_edits(word)
        self._notes.marks.conditions.append(
            lambda other: other[:1] == word[:1] and OSA.distance(word, other, score_cutoff=edits) <= edits
        )
        return self._expansion(
            lambda name, weight: nodes.Fuzzy(name, word, edits, weight=weight),
            self.weights.fuzzy,
            fields,
        )

    def _expansion(
        self, make: Callable[[str, float], nodes.Expanded], weight: float, fields: Sequence[TextField]
    ) -> nodes.Node | None:
        self._notes.marks.patterns.append(make("text_word", 1.0))
        return either([make(text_field.word_name, weight * self._weight(text_field)) for text_field in fields])


def with_other_zeros(term: str) -> frozenset[str]:
    """Return a number with and without zeros before it (45, 045, 0045 …); of what is none, itself."""
    if not term.isdecimal():
        return frozenset((term,))
    bare = term.lstrip("0") or "0"
    return frozenset((term, *(bare.zfill(width) for width in range(1, MAX_PADDED_DIGITS + 1))))


def max_edits(word: str) -> int:
    """Return how many typing errors a word of this length may have: 1 up to five letters, 2 from six."""
    return 1 if len(word) < 6 else 2
