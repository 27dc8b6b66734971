"""What is known of the ways of OParl servers, deletions that wait, takedowns and documents that moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_oparl_servers"
down_revision = "0005_journal"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; none of what is stored changes."""
    op.add_column("oparl_sources", sa.Column("observed", sa.Text))
    op.add_column("oparl_sources", sa.Column("on_deletion", sa.String(10)))
    op.add_column("oparl_files", sa.Column("doomed", sa.String(20)))
    op.add_column("oparl_files", sa.Column("asked_at", sa.String(40)))
    op.add_column("oparl_files", sa.Column("trusted_at", sa.String(40)))
    op.create_table(
        "takedown_marks",
        sa.Column("takedown_key", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("takedown_key", "kind", "value", name="pk_takedown_marks"),
    )
    op.create_index("ix_takedown_marks_value", "takedown_marks", ["value"])
    op.create_table(
        "moved_documents",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("new_id", sa.Text, nullable=False),
        sa.Column("new_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_moved_documents"),
    )
    op.create_index("ix_moved_documents_new_key", "moved_documents", ["new_key"])
