"""`token`: the bearer tokens of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import parse_role
from pipeline.cli.output import Json, print_json, print_pairs, print_table

if TYPE_CHECKING:
    from pipeline.access.tokens import ApiToken

app = typer.Typer(help="Manage the tokens of the API.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Name of the token.")],
    role: Annotated[
        str | None, typer.Option("--role", help="viewer, analyst or admin (the account's role).")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", help="Days until it expires, 1 to 366 (90).")] = None,
    account: Annotated[
        str | None, typer.Option("--account", help="Account it acts for (the one of the same name).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a token and show its secret this once.

    Where no account has the token's name, one is made that has no password and can only use tokens.
    """
    from pipeline.access.tokens import DEFAULT_DAYS
    from pipeline.workbench.workbench import Workbench

    chosen = parse_role(role) if role else None
    lifetime = DEFAULT_DAYS if days is None else days
    token, secret = Workbench().account.create_token(name, chosen, lifetime, account)
    (print_json if as_json else print_pairs)({"token": secret, **_describe(token)})


@app.command("list")
def list_tokens(
    account: Annotated[str | None, typer.Argument(help="Only the tokens of this account.")] = None,
    as_json: Json = False,
) -> None:
    """List the tokens, without their secrets."""
    from pipeline.workbench.workbench import Workbench

    tokens = [_describe(token) for token in Workbench().account.tokens.list(account)]
    if as_json:
        print_json({"tokens": tokens})
        return
    headings = ("ID", "NAME", "ACCOUNT", "ROLE", "STATE", "CREATED", "EXPIRES", "LAST USED")
    print_table(headings, [tuple(value or "never" for value in token.values()) for token in tokens])


@app.command("revoke")
def revoke(
    token: Annotated[str, typer.Argument(metavar="NAME", help="Name or id of a token.")],
    as_json: Json = False,
) -> None:
    """Refuse a token from now on."""
    from pipeline.workbench.workbench import Workbench

    revoked = Workbench().account.tokens.revoke(token)
    (print_json if as_json else print_pairs)(_describe(revoked))


def _describe(token: ApiToken) -> dict[str, str | None]:
    return {
        "id": token.id,
        "name": token.name,
        "account": token.account,
        "role": token.role.value,
        "state": _find_state(token),
        "created_at": _write(token.created_at),
        "expires_at": _write(token.expires_at),
        "last_used_at": _write(token.last_used_at) if token.last_used_at else None,
    }


def _find_state(token: ApiToken) -> str:
    if token.is_revoked:
        return "revoked"
    return "expired" if token.expires_at <= datetime.now(UTC) else "active"


def _write(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
