"""Tables of the OParl importer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "oparl_sources",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kommune", sa.Text),
        sa.Column("every_hours", sa.Float),
        sa.Column("added_at", sa.String(40), nullable=False),
        sa.Column("started_at", sa.String(40)),
        sa.Column("finished_at", sa.String(40)),
        sa.Column("result", sa.String(20)),
        sa.Column("error", sa.Text),
        sa.Column("counts", sa.Text),
        sa.Column("full_round", sa.String(40)),
        sa.Column("full_at", sa.String(40)),
        sa.PrimaryKeyConstraint("key", name="pk_oparl_sources"),
    )
    op.create_table(
        "oparl_lists",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("source_key", sa.String(64), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("synced_until", sa.String(40)),
        sa.Column("done_round", sa.String(40)),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("crawl_since", sa.String(40)),
        sa.Column("crawl_full", sa.Boolean, nullable=False),
        sa.Column("crawl_trusted", sa.Boolean, nullable=False),
        sa.Column("crawl_entries", sa.Integer, nullable=False),
        sa.Column("next_url", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_oparl_lists"),
    )
    op.create_index("ix_oparl_lists_source_key", "oparl_lists", ["source_key"])
    op.create_table(
        "oparl_objects",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source_key", sa.String(64), nullable=False),
        sa.Column("modified", sa.String(40)),
        sa.Column("deleted", sa.String(20)),
        sa.Column("deleted_at", sa.String(40)),
        sa.Column("seen", sa.String(40)),
        sa.Column("content", sa.Text),
        sa.PrimaryKeyConstraint("key", name="pk_oparl_objects"),
    )
    op.create_index("ix_oparl_objects_source_key", "oparl_objects", ["source_key", "kind"])
    op.create_table(
        "oparl_files",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("source_key", sa.String(64), nullable=False),
        sa.Column("pending", sa.Boolean, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
        sa.Column("metadata_hash", sa.String(64)),
        sa.Column("content_key", sa.String(64)),
        sa.Column("content_url", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("failure", sa.String(50)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("retry_at", sa.String(40)),
        sa.PrimaryKeyConstraint("key", name="pk_oparl_files"),
    )
    op.create_index("ix_oparl_files_source_key", "oparl_files", ["source_key", "pending"])
    op.create_table(
        "oparl_mentions",
        sa.Column("file_key", sa.String(64), nullable=False),
        sa.Column("owner_key", sa.String(64), nullable=False),
        sa.Column("role", sa.String(30), nullable=False),
        sa.PrimaryKeyConstraint("file_key", "owner_key", name="pk_oparl_mentions"),
    )
    op.create_index("ix_oparl_mentions_owner_key", "oparl_mentions", ["owner_key"])
