"""A title and tags of runs, by which people find them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the columns; runs of before have neither."""
    op.add_column("runs", sa.Column("title", sa.String(80)))
    op.add_column("runs", sa.Column("tags", sa.Text))


def downgrade() -> None:
    """Take them back."""
    op.drop_column("runs", "tags")
    op.drop_column("runs", "title")
