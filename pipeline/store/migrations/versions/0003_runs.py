"""Runs, and the epochs of those that train."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("dataset", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("lane", sa.String(8), nullable=False),
        sa.Column("place", sa.String(8), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("ticket", sa.String(16)),
        sa.Column("ticket_at", INSTANT),
        sa.Column("recipe_order", sa.Text, nullable=False),
        sa.Column("run_group", sa.String(16)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("heartbeat_at", INSTANT),
        sa.Column("stage", sa.String(16)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("share", sa.Float, nullable=False),
        sa.Column("remaining_s", sa.Float),
        sa.Column("seconds", sa.Float),
        sa.Column("peak_memory_mb", sa.Float),
        sa.Column("estimated_memory_mb", sa.Float),
        sa.Column("model", sa.String(16)),
        sa.Column("quality", sa.Float),
        sa.Column("result", sa.Text),
        sa.Column("error_message", sa.Text),
        sa.Column("error_hint", sa.Text),
        sa.Column("error_code", sa.String(32)),
        sa.Column("is_cancel_requested", sa.Boolean, nullable=False),
    )
    op.create_index("ix_runs_status", "runs", ["status", "lane", "queued_at"])
    op.create_index("ix_runs_created_at", "runs", ["created_at"])
    op.create_table(
        "run_epochs",
        sa.Column("run_id", sa.String(16), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("losses", sa.Text, nullable=False),
        sa.Column("quality", sa.Float),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("run_epochs")
    op.drop_table("runs")
