"""Plan -> answer, on segments: matches, partial matches, filters, facets, ranking, snippets, spelling, completions.

Every step works on arrays of a whole segment. Not here: what a query means (``index.query``), opening and following
commits (``index.whoosh``).
"""
