"""Accounts of single sign-on, passwords that must be changed, and failed logins by address."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add two columns to the accounts, and the table of failed logins."""
    op.add_column(
        "users", sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.add_column("users", sa.Column("sign_on_id", sa.String(64)))
    op.create_index("ix_users_sign_on_id", "users", ["sign_on_id"], unique=True)
    op.create_table(
        "login_failures",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("ix_login_failures_address", "login_failures", ["address"])


def downgrade() -> None:
    """Take both back."""
    op.drop_table("login_failures")
    op.drop_index("ix_users_sign_on_id", "users")
    for column in ("sign_on_id", "must_change_password"):
        op.drop_column("users", column)
