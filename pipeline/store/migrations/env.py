"""Runs migrations on the connection, and inside the transaction, that `open_database` hands over."""

from alembic import context

from pipeline.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
