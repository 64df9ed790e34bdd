"""Which parts of a large table are noted among the exports, and which exports it was told of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; exports noted before left in one piece. SQLite's integers are wide already."""
    op.add_column("exports", sa.Column("parts", sa.Text))
    op.add_column("exports", sa.Column("told_until", sa.Integer))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("exports", "rows", type_=sa.BigInteger, existing_nullable=False)


def downgrade() -> None:
    """Take them back."""
    op.drop_column("exports", "told_until")
    op.drop_column("exports", "parts")
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("exports", "rows", type_=sa.Integer, existing_nullable=False)
