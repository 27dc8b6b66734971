"""Run by Alembic: migrates on the connection that ``searchsvc.store.migrate`` holds the lock with."""

from alembic import context

from searchsvc.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
