"""The tables of the document store. What changes here needs a migration in ``migrations/versions``.

Moments are ISO 8601 texts in UTC, so that every database keeps them alike.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

TABLES_VERSION = "0007_key_views"
"""The newest of the migrations."""

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
    Column("identity", String(32)),
    Column("history_at", String(40)),
)
"""One row. ``last_change`` numbers the changes; ``store_id`` names this history of them (a restore starts another), and
``history_at`` is when that began, if it is not the first. ``identity`` names the store for good."""

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
    Column("paper_key", String(64)),
    Column("reference_key", String(64)),
    Index("ix_documents_paper_key", "paper_key"),
    Index("ix_documents_reference_key", "reference_key"),
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
    Column("last_used_at", String(40)),
    Column("former_hash", String(64)),
    Column("former_until", String(40)),
    Column("filters", Text),
    Column("expires_at", String(40)),
    Column("per_minute", Integer),
    Column("signing", Text),
    Column("former_signing", Text),
    Index("uq_api_keys_token_hash", "token_hash", unique=True),
)

"""``filters`` says as JSON what a key may know of; ``signing`` is what signs its tokens, sealed, and ``former_signing``
what signed those of the text that it had before."""

failures = Table(
    "failures",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("item", Text, nullable=False),
    Column("kind", String(50), nullable=False),
    Column("message", Text, nullable=False),
    Column("failed_at", String(40), nullable=False),
    Column("source", Text),
    Index("ix_failures_failed_at", "failed_at"),
)
"""``source`` says as JSON how the item is to be imported again, if that can be done."""

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
    Column("decision", String(20)),
)
"""What readers report about documents (``melden``), and what was decided."""

takedowns = Table(
    "takedowns",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("document_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_down_at", String(40), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("original_sha256", String(64)),
    Column("metadata", Text),
    Column("pages", LargeBinary),
    Column("paper_key", String(64)),
    Column("reference_key", String(64)),
)
"""Documents that must not be shown, with the content they are shown with again when that is lifted. In ``documents``
they are tombstones."""

takedown_marks = Table(
    "takedown_marks",
    metadata,
    Column("takedown_key", String(64), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("value", String(64), primary_key=True),
    Index("ix_takedown_marks_value", "value"),
)
"""What documents that were taken down are recognised by under other ids: checksums, which stay without the content."""

moved_documents = Table(
    "moved_documents",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("new_id", Text, nullable=False),
    Column("new_key", String(64), nullable=False),
    Index("ix_moved_documents_new_key", "new_key"),
)
"""Ids that documents had before, by key, and the one they have now, so that links to them still lead somewhere."""

oparl_sources = Table(
    "oparl_sources",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("kommune", Text),
    Column("every_hours", Float),
    Column("added_at", String(40), nullable=False),
    Column("started_at", String(40)),
    Column("finished_at", String(40)),
    Column("result", String(20)),
    Column("error", Text),
    Column("counts", Text),
    Column("full_round", String(40)),
    Column("full_at", String(40)),
    Column("observed", Text),
    Column("on_deletion", String(10)),
)
"""OParl servers that are mirrored. ``full_round`` names the full comparison under way, ``full_at`` the last one;
``observed`` is what imports have learnt of the ways of the server, as JSON; ``on_deletion`` what becomes here of what
is deleted there."""

oparl_lists = Table(
    "oparl_lists",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("source_key", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("synced_until", String(40)),
    Column("done_round", String(40)),
    Column("entries", Integer, nullable=False),
    Column("crawl_since", String(40)),
    Column("crawl_full", Boolean, nullable=False),
    Column("crawl_trusted", Boolean, nullable=False),
    Column("crawl_entries", Integer, nullable=False),
    Column("next_url", Text),
    Index("ix_oparl_lists_source_key", "source_key"),
)
"""How far each list of a source has been read; ``next_url`` is where a crawl that was cut off goes on."""

oparl_objects = Table(
    "oparl_objects",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("id", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("source_key", String(64), nullable=False),
    Column("modified", String(40)),
    Column("deleted", String(20)),
    Column("deleted_at", String(40)),
    Column("seen", String(40)),
    Column("content", Text),
    Index("ix_oparl_objects_source_key", "source_key", "kind"),
)
"""What is known of each OParl object. ``deleted`` is the reason of a tombstone, which stays for good; ``seen`` is the
full comparison that met the object last. ``key`` is the SHA-256 of the id."""

oparl_files = Table(
    "oparl_files",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("source_key", String(64), nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("metadata_hash", String(64)),
    Column("content_key", String(64)),
    Column("content_url", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("failure", String(50)),
    Column("tries", Integer, nullable=False),
    Column("retry_at", String(40)),
    Column("doomed", String(20)),
    Column("asked_at", String(40)),
    Column("trusted_at", String(40)),
    Index("ix_oparl_files_source_key", "source_key", "pending"),
)
"""What was done about each file: the document made of it, and how its content was got. ``pending``: its document has
yet to be brought up to date; ``removed``: the importer deleted its document, or will, when ``doomed`` says why.
``asked_at`` is when its content was last had or confirmed by the server, ``trusted_at`` since when it is taken for the
same though its ``modified`` changed."""

oparl_mentions = Table(
    "oparl_mentions",
    metadata,
    Column("file_key", String(64), primary_key=True),
    Column("owner_key", String(64), primary_key=True),
    Column("role", String(30), nullable=False),
    Index("ix_oparl_mentions_owner_key", "owner_key"),
)
"""Which papers and meetings a file belongs to."""

signatures = Table(
    "signatures",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False),
    Column("sha256", String(64)),
    Column("signature", LargeBinary),
    Index("ix_signatures_sha256", "sha256"),
)
"""What each document's text and file are compared by. ``id`` is the beginning of ``key``, that of the document."""

signature_bands = Table(
    "signature_bands",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("signature_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""Signatures by their bands: those that have one in common may be similar."""

signature_state = Table(
    "signature_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("last_change", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
"""One row: the change up to which signatures are made, and by which version of the method."""

saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token", String(64), nullable=False),
    Column("search", Text, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("target", Text, nullable=False),
    Column("secret", Text),
    Column("key_id", Integer),
    Column("created_at", String(40), nullable=False),
    Column("confirmed_at", String(40)),
    Column("after_change", BigInteger, nullable=False),
    Column("error", Text),
    Index("uq_saved_searches_token", "token", unique=True),
)
"""Searches whose new hits are told to someone. ``search`` is a query string; ``after_change``: documents that changed
later count; not confirmed: nothing is told yet. ``error`` is what went wrong last."""

saved_search_hits = Table(
    "saved_search_hits",
    metadata,
    Column("search_id", Integer, primary_key=True, autoincrement=False),
    Column("document_key", String(64), primary_key=True),
)
"""Documents that were told already: each only once."""

notifications = Table(
    "notifications",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("search_id", Integer, nullable=False),
    Column("document_ids", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("due_at", String(40), nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("ix_notifications_due_at", "due_at"),
)
"""What has yet to be told; without documents it asks whether the search is wanted."""

matched = Table(
    "matched",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("history", String(32), nullable=False),
    Column("change_number", BigInteger, nullable=False),
)
"""At most one row: up to which change documents were held against the saved searches."""

journal = Table(
    "journal",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("moment", String(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("table_name", String(40)),
    Column("row_values", Text),
    Column("content", LargeBinary),
    sqlite_autoincrement=True,
)
"""Every change of a row since the journal was shipped, written by triggers in the transaction of the change itself:
the row as it is afterwards (``put``; its bytes in ``content``), its key when it is gone (``delete``), and where a
transaction ended (``commit``). Numbers are never used again."""

journal_state = Table(
    "journal_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log_id", String(32), nullable=False),
    Column("definition", String(64), nullable=False),
)
"""At most one row: which log the journal belongs to, and the checksum of its triggers."""
