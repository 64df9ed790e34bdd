"""Datasets whose tables leave only after an approval, the approvals, and the accounts that may give them."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two tables and a column; no dataset requires an approval, and no account is a reviewer."""
    op.add_column("users", sa.Column("is_reviewer", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "approval_rules",
        sa.Column("dataset", sa.String(64), primary_key=True),
        sa.Column("required_by", sa.String(64), nullable=False),
        sa.Column("required_at", INSTANT, nullable=False),
    )
    op.create_table(
        "approvals",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("dataset", sa.String(64), nullable=False),
        sa.Column("table_sha256", sa.String(64), nullable=False),
        sa.Column("run_id", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("asked_from", sa.String(16), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(64)),
        sa.Column("decided_at", INSTANT),
        sa.Column("answer", sa.Text),
    )
    op.create_index("ix_approvals_table", "approvals", ["dataset", "table_sha256"])
    op.create_index("ix_approvals_run_id", "approvals", ["run_id"])
    op.create_index("ix_approvals_state", "approvals", ["state"])


def downgrade() -> None:
    """Take them back."""
    op.drop_table("approvals")
    op.drop_table("approval_rules")
    op.drop_column("users", "is_reviewer")
