"""First tables of the document store."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    state = op.create_table(
        "state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last_change", sa.BigInteger, nullable=False),
        sa.Column("store_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_state"),
    )
    op.bulk_insert(state, [{"id": 1, "last_change": 0, "store_id": secrets.token_hex(16)}])
    op.create_table(
        "documents",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("change_number", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("original_sha256", sa.String(64)),
        sa.Column("indexed_at", sa.String(40), nullable=False),
        sa.Column("metadata", sa.Text),
        sa.Column("pages", sa.LargeBinary),
        sa.PrimaryKeyConstraint("key", name="pk_documents"),
    )
    op.create_index("uq_documents_change_number", "documents", ["change_number"], unique=True)
    op.create_index("ix_documents_deleted", "documents", ["deleted"])
    op.create_index("ix_documents_original_sha256", "documents", ["original_sha256"])
    op.create_table(
        "extractions",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("extractor_version", sa.String(100), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_extractions"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.String(200), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("revoked_at", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
    )
    op.create_index("uq_api_keys_token_hash", "api_keys", ["token_hash"], unique=True)
    op.create_table(
        "failures",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("kind", sa.String(50), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("failed_at", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_failures"),
    )
    op.create_index("ix_failures_failed_at", "failures", ["failed_at"])
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Text, nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("contact", sa.Text),
        sa.Column("reported_at", sa.String(40), nullable=False),
        sa.Column("done_at", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
