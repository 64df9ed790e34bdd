"""When an account has ended the tour of its first login."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column; accounts of before are shown the tour once."""
    op.add_column("users", sa.Column("tour_ended_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("users", "tour_ended_at")
