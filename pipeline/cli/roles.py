"""How a role is written on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.access.accounts import AccountRole


def parse_role(text: str) -> AccountRole:
    """A role by its name; DataError for any other word."""
    from pipeline.access.accounts import AccountRole

    try:
        return AccountRole(text.lower())
    except ValueError as error:
        raise DataError(f'There is no role "{text}".', f"choose one of {', '.join(AccountRole)}.") from error
