"""Tokens with all that were made through them, and through those: what ends one ends its family."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from pipeline.store.tables import TOKENS


def descend_from(ancestors: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a token is one of the `ancestors` or was made through one, in any number of steps."""
    # UNION, not UNION ALL: an ancestor may be another one's descendant as well.
    family = select(TOKENS.c.id).where(ancestors).cte(recursive=True)
    family = family.union(select(TOKENS.c.id).where(TOKENS.c.parent_id == family.c.id))
    return TOKENS.c.id.in_(select(family.c.id))
