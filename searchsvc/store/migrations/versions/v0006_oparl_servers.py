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
