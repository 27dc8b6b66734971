"""The tables of the document store. What changes here needs a migration in ``migrations/versions``.

Moments are ISO 8601 texts in UTC, so that every database keeps them alike.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

state = Table(
    "state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_change", BigInteger, nullable=False),
    Column("store_id", String(32), nullable=False),
)
"""One row. ``last_change`` numbers the changes; ``store_id`` names this history of them (a restore starts another)."""

documents = Table(
    "documents",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("id", Text, nullable=False),
    Column("change_number", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("original_sha256", String(64)),
    Column("indexed_at", String(40), nullable=False),
    Column("metadata", Text),
    Column("pages", LargeBinary),
    Index("uq_documents_change_number", "change_number", unique=True),
    Index("ix_documents_deleted", "deleted"),
    Index("ix_documents_original_sha256", "original_sha256"),
)
"""Latest state of each document, and a tombstone of each deleted one: read in order of ``change_number`` this is the
change log. ``key`` is the SHA-256 of the id (ids may be longer than an index entry)."""

extractions = Table(
    "extractions",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("extractor_version", String(100), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("token_hash", String(64), nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("revoked_at", String(40)),
    Index("uq_api_keys_token_hash", "token_hash", unique=True),
)

failures = Table(
    "failures",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("item", Text, nullable=False),
    Column("kind", String(50), nullable=False),
    Column("message", Text, nullable=False),
    Column("failed_at", String(40), nullable=False),
    Index("ix_failures_failed_at", "failed_at"),
)

reports = Table(
    "reports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Text, nullable=False),
    Column("reason", String(100), nullable=False),
    Column("message", Text, nullable=False),
    Column("contact", Text),
    Column("reported_at", String(40), nullable=False),
    Column("done_at", String(40)),
)
"""What readers report about documents (``melden``)."""
