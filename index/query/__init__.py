"""From what a person types to a plan: which terms are wanted in which fields, at what weight, and what to mark.

Here: the query language, plan nodes of our own, planning with a vocabulary (a protocol; engines have one), the field
table, weights, Kommunen by any spelling, days, marking. Not here: anything that reads an index (``index.search``,
``index.opensearch``), and German itself (``analyzers``).
"""
