"""The Whoosh schema of the field table: what stock Whoosh sees of an index."""

from __future__ import annotations

from whoosh import fields as whoosh_fields
from whoosh.analysis import IDAnalyzer

from index.query.fields import EXACT_FIELDS, TEXT_FIELDS

STORED_NAMES = ("metadata",)
"""What stock Whoosh sees of the stored documents; see ``index.segments.stored_text`` for all of it."""


def make_schema() -> whoosh_fields.Schema:
    """Return the Whoosh schema of the field table."""
    schema = whoosh_fields.Schema(**{name: whoosh_fields.STORED() for name in STORED_NAMES})
    for name in EXACT_FIELDS:
        schema.add(name, whoosh_fields.ID(unique=name == "id"))
    for text_field in TEXT_FIELDS:
        for name in text_field.index_names:
            schema.add(name, whoosh_fields.TEXT(analyzer=IDAnalyzer()))
    return schema
