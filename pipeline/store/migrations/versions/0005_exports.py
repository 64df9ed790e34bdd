"""Which real rows each exported table repeats, so that exports of one dataset are watched together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "exports",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("table_key", sa.String(64), nullable=False, unique=True),
        sa.Column("dataset_fingerprint", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("training_rows", sa.Integer, nullable=False),
        sa.Column("holdout_rows", sa.Integer, nullable=False),
        sa.Column("training_bits", sa.Text, nullable=False),
        sa.Column("holdout_bits", sa.Text, nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_exports_dataset_fingerprint", "exports", ["dataset_fingerprint"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("exports")
