"""The token through which a token was made."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; tokens made before have no parent."""
    op.add_column("api_tokens", sa.Column("parent_id", sa.String(16)))
    op.create_index("ix_api_tokens_parent_id", "api_tokens", ["parent_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_api_tokens_parent_id", "api_tokens")
    op.drop_column("api_tokens", "parent_id")
