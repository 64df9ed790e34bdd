"""Recipes that people keep under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "saved_recipes",
        sa.Column("owner", sa.String(64), primary_key=True),
        sa.Column("is_local", sa.Boolean, primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("recipe", sa.Text, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("saved_recipes")
