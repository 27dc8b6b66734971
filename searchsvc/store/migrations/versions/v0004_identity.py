"""The identity of a store, and when its history was changed."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004_identity"
down_revision = "0003_takedowns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and give the store a name."""
    op.add_column("state", sa.Column("identity", sa.String(32)))
    op.add_column("state", sa.Column("history_at", sa.String(40)))
    state = sa.table("state", sa.column("identity"))
    op.get_bind().execute(sa.update(state).values(identity=secrets.token_hex(16)))
