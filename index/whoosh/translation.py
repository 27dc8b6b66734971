"""Plan nodes -> Whoosh's query objects, one to one: what stock Whoosh searches an index of ours with.

Our own execution does not need them; they are the oracle that the tests compare it with.
"""

from __future__ import annotations

from typing import Any

from whoosh import query as wq

from index.query import nodes


def whoosh_query(node: nodes.Node) -> Any:
    """Return Whoosh's query for a node."""
    match node:
        case nodes.Term(field, text, weight):
            return wq.Term(field, text, boost=weight)
        case nodes.Phrase(field, terms, slop, weight):
            return wq.Phrase(field, list(terms), slop=slop, boost=weight)
        case nodes.Near():
            return wq.Or([whoosh_query(order) for order in node.orders])
        case nodes.Prefix(field, text, weight):
            return wq.Prefix(field, text, boost=weight)
        case nodes.Wildcard(field, text, weight):
            return wq.Wildcard(field, text, boost=weight)
        case nodes.Fuzzy(field, text, max_edits, prefix_chars, weight):
            return wq.FuzzyTerm(field, text, boost=weight, maxdist=max_edits, prefixlength=prefix_chars)
        case nodes.DateRange(first, last):
            return wq.TermRange("date", first and first.isoformat(), last and last.isoformat())
        case nodes.And(parts):
            return wq.And([whoosh_query(part) for part in parts])
        case nodes.Or(parts, weight):
            return wq.Or([whoosh_query(part) for part in parts], boost=weight)
        case nodes.Not(part):
            return wq.Not(whoosh_query(part))
        case nodes.Every():
            return wq.Every()
        case nodes.Nothing():
            return wq.NullQuery
