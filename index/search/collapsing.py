"""One hit for each Vorgang: the best-ranked of its documents stands for all that were found.

A sheet of next to no words is ranked high for its few words, and tells a reader nothing: it stands for others only when
these lack a word of the query that it has.

Documents without a Vorgang stand for themselves. Everything is decided by arrays over all matches before any hit is
chosen, so that paging, cursors and exports work on what is left as on any other result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.contract import Sort
from index.search.papers import NO_PAPER, Papers
from index.search.ranking import Candidates, best, sort_keys
from index.search.stubs import are_stubs
from index.segments.postings import IntArray
from index.segments.snapshot import Segment


class Collapsing:
    """The matches of a search by Vorgang. ``leaders``: those that stand for one, among them all without any."""

    def __init__(self, segments: Sequence[Segment], matches: Candidates, sort: Sort, papers: Papers) -> None:
        self._matches = matches
        self._sort = sort
        docs = [matches.doc[matches.segment == number] for number in range(len(segments))]
        parts = [papers.of(segment, number, docs[number]) for number, segment in enumerate(segments)]
        self._paper = np.concatenate([np.empty(0, dtype=np.int64), *parts])
        self._is_stub = np.concatenate([np.empty(0, dtype=bool), *map(are_stubs, segments, docs)])
        found = self._paper[self._paper != NO_PAPER]
        self._sizes = np.bincount(found, minlength=papers.count)
        self._places = self._leaders(segments, papers.count)
        self.leaders = matches.take(self._places)

    def count(self, at: int) -> int:
        """Return how many more documents a leader (by its place in ``leaders``) stands for."""
        paper = int(self._paper[self._places[at]])
        return 0 if paper == NO_PAPER else int(self._sizes[paper]) - 1

    def others(self, at: int, limit: int) -> list[int]:
        """Return the places in all matches of the first ``limit`` documents that a leader stands for, in order."""
        if not self.count(at):
            return []
        leader = self._places[at]
        members = np.flatnonzero(self._paper == self._paper[leader])
        members = members[members != leader]
        found = best(self._matches.take(members), self._sort, skip=0, count=limit, after=None)
        return [int(members[place]) for place in found]

    def _leaders(self, segments: Sequence[Segment], paper_count: int) -> IntArray:
        """Return the places of the first match of each Vorgang, in the order of hits, and of all without one."""
        left = np.flatnonzero(self._paper != NO_PAPER)
        follows = self._matches.follows
        lacking = () if follows is None else (follows,)
        for keys in (*lacking, self._is_stub, *sort_keys(self._matches, self._sort)):
            left = self._least(left, keys[left], paper_count)
        left = self._first_by_id(segments, left, paper_count)
        return np.sort(np.concatenate([np.flatnonzero(self._paper == NO_PAPER), left]))

    def _least(self, places: IntArray, keys: IntArray, paper_count: int) -> IntArray:
        """Return those of ``places`` whose key is the least of its Vorgang."""
        papers = self._paper[places]
        if len(papers) == np.count_nonzero(np.bincount(papers, minlength=paper_count)):
            return places
        least = np.full(paper_count, np.inf)
        np.minimum.at(least, papers, keys)
        kept: IntArray = places[keys == least[papers]]
        return kept

    def _first_by_id(self, segments: Sequence[Segment], places: IntArray, paper_count: int) -> IntArray:
        """Settle ties by id: within a segment by its ordinal, which is in the order of ids; else by the id itself."""
        kept = []
        for number, segment in enumerate(segments):
            here = places[self._matches.segment[places] == number]
            ordinals = segment.data.ids.ordinals[self._matches.doc[here]]
            kept.append(self._least(here, ordinals, paper_count))
        left = np.concatenate([np.empty(0, dtype=np.int64), *kept])
        tied = np.bincount(self._paper[left], minlength=paper_count)[self._paper[left]] > 1
        winners: dict[int, int] = {}
        for place in left[tied].tolist():
            paper = int(self._paper[place])
            rival = winners.get(paper)
            if rival is None or self._matches.id_of(place) < self._matches.id_of(rival):
                winners[paper] = place
        return np.concatenate([left[~tied], np.fromiter(winners.values(), dtype=np.int64, count=len(winners))])
