"""Keys that are bound to filters, end by themselves, have a rate of their own and sign tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_key_views"
down_revision = "0006_oparl_servers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; keys that were made before have none of it."""
    for column in (
        sa.Column("filters", sa.Text),
        sa.Column("expires_at", sa.String(40)),
        sa.Column("per_minute", sa.Integer),
        sa.Column("signing", sa.Text),
        sa.Column("former_signing", sa.Text),
    ):
        op.add_column("api_keys", column)
