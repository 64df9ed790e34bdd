"""Who else may look at a run."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the table; runs of before are shared with nobody."""
    op.create_table(
        "run_shares",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("grantee", sa.String(64), primary_key=True),
        sa.Column("given_by", sa.String(64), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_run_shares_grantee", "run_shares", ["kind", "grantee"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("run_shares")
