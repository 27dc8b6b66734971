"""Documents like a given one: a query of its most telling words.

A word tells more the more often it occurs in the document and the rarer it is elsewhere (tf-idf, Salton and Buckley,
Term-weighting approaches in automatic text retrieval, 1988).
"""

from __future__ import annotations

from collections import Counter

from analyzers import GermanAnalysis, surfaces
from index.query.nodes import Or, Term
from index.search.execution import Execution

TELLING_WORDS = 25
READ_CHARS = 30_000
"""What a document is about is said in its first ten pages or so."""
MIN_WORD_CHARS = 4


def similar_query(execution: Execution, document_id: str, analysis: GermanAnalysis) -> Or | None:
    """Return a node for documents like ``document_id``, or None when it is unknown or has no words to tell by."""
    snapshot = execution.snapshot
    found = snapshot.find(document_id)
    if found is None:
        return None
    segment, doc = found
    stored = segment.stored(doc)
    text = f"{stored.document().title} {stored.text().beginning(READ_CHARS)}"
    counts: Counter[str] = Counter()
    for surface, count in Counter(surfaces(text)).items():
        if len(surface) >= MIN_WORD_CHARS and surface.isalpha():
            counts[analysis.form(surface).stem] += count
    weights = {
        stem: count * snapshot.idf(frequency)
        for stem, count in counts.most_common(10 * TELLING_WORDS)
        if 1 < (frequency := snapshot.document_frequency("text", stem)) <= max(2, snapshot.doc_count_all // 5)
    }
    telling = sorted(weights, key=lambda stem: (-weights[stem], stem))[:TELLING_WORDS]
    if not telling:
        return None
    return Or(tuple(Term(field, stem) for stem in telling for field in ("text", "title")))
