"""How much each kind of match counts. One value per number that was chosen by measurement.

The defaults come from ``python -m benchmarks.tune_weights``, which also says how far they can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Factors of scores, and BM25's parameters.

    The first ones are the fields'; the next ones multiply them by how a word was found there.
    """

    title: float = 2.0
    reference: float = 3.0
    meta: float = 0.7
    text: float = 1.0

    whole_title: float = 2.0
    """Factor of a document whose title has all words of a query of several."""

    part: float = 0.4
    """A word inside of a compound: "Zentrum" in "Integrationszentrum"."""
    span: float = 1.0
    """What spans several words: a reference, a date, a name with hyphens."""
    synonym: float = 0.7
    related: float = 0.5
    """What does not mean quite the same: "Geschwindigkeitsmessung" for "Blitzer"."""
    derived: float = 0.3
    """A noun for a verb or a verb for a noun: "Kosten" for "kostet"."""
    near: float = 0.4
    """The parts of a compound near each other: "Bekämpfung von Stechmücken" for "Stechmückenbekämpfung"."""
    day: float = 4.0
    """A document's own date that the query names, as the score of a word: that of one in a few documents."""
    siblings: float = 0.2
    """What a document gains of the mean score of the other documents of its Vorgang that were found."""
    kommune: float = 2.0
    """Factor of the documents of a Kommune that the query names."""
    pattern: float = 2.0
    """A prefix or wildcard, as the score of a word: that of a common one."""
    fuzzy: float = 1.0
    """A word with typing errors, as the score of a word: well below that of the word as typed."""

    k1: float = 2.0
    b: float = 0.8
    """BM25's parameters. Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009."""

    coverage: float = 0.3
    """Share of the best match's weight that a partial match needs, where few documents have all words."""
    sentence_coverage: float = 0.2
    """The same for a sentence, of which hardly any document has all words."""
    leading: float = 0.5
    """Share of the best partial match's score that a document with all words needs to come before it: one that has
    each of them somewhere in three hundred pages is no better than one that is about most of them."""
    recency: float = 1.0
    """What a document of today gains where new ones are to count for more."""
    coordination: float = 0.6
    """How much it counts to cover more of the query: exponent of the share that is covered."""

    def field(self, name: str) -> float:
        """Return the factor of a text field; 0 for one that is searched only by name."""
        return float(getattr(self, name, 0.0))


DEFAULT_WEIGHTS = Weights()
