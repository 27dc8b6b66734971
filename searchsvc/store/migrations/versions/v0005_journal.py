"""The journal that the log of changes between backups is made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_journal"
down_revision = "0004_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; secrets of webhooks take more room when they are encrypted."""
    op.create_table(
        "journal",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("moment", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("table_name", sa.String(40)),
        sa.Column("row_values", sa.Text),
        sa.Column("content", sa.LargeBinary),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journal_state",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("log_id", sa.String(32), nullable=False),
        sa.Column("definition", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_state"),
    )
    with op.batch_alter_table("saved_searches") as table:
        table.alter_column("secret", existing_type=sa.String(64), type_=sa.Text)
