"""Versions of the store's tables, in the form Alembic runs."""
