"""Signatures of documents, and how failed items are imported again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_duplicates"
down_revision = "0002"


def upgrade() -> None:
    """Create the tables, and add a column to the failures."""
    op.add_column("failures", sa.Column("source", sa.Text))
    op.create_table(
        "signatures",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("signature", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_signatures"),
    )
    op.create_index("ix_signatures_sha256", "signatures", ["sha256"])
    op.create_table(
        "signature_bands",
        sa.Column("band", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("signature_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "signature_id", name="pk_signature_bands"),
        sqlite_with_rowid=False,
    )
    state = op.create_table(
        "signature_state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("last_change", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_signature_state"),
    )
    op.bulk_insert(state, [{"id": 1, "last_change": 0, "version": 0}])
