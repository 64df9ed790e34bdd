"""`user`: the accounts of the web app."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.options import parse_role
from pipeline.cli.output import Json, print_json, print_pairs, print_table
from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.access.accounts import Account
    from pipeline.workbench.account import ManagedAccounts

PASSWORD_VARIABLE = "WORKBENCH_PASSWORD"

app = typer.Typer(help="Manage the accounts of the web app.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="User name.")]
Role = Annotated[str, typer.Option("--role", help="viewer, analyst or admin.")]


@app.command("add")
def add(name: Name, role: Role = "analyst", as_json: Json = False) -> None:
    """Add an account; the password comes from a prompt or from WORKBENCH_PASSWORD."""
    chosen = parse_role(role)
    account = _accounts().create(name, _ask_password(), chosen)
    _show(account, as_json)


@app.command("list")
def list_accounts(as_json: Json = False) -> None:
    """List the accounts."""
    accounts = [_describe(account) for account in _accounts().list()]
    if as_json:
        print_json({"users": accounts})
        return
    rows = [(one["name"], one["role"], one["state"], "yes" if one["is_reviewer"] else "") for one in accounts]
    print_table(("NAME", "ROLE", "STATE", "REVIEWER"), rows)


@app.command("disable")
def disable(name: Name, as_json: Json = False) -> None:
    """Refuse an account from now on and end its sessions."""
    accounts = _accounts()
    accounts.disable(name)
    _show(accounts.get(name), as_json)


@app.command("enable")
def enable(name: Name, as_json: Json = False) -> None:
    """Let an account in again."""
    accounts = _accounts()
    accounts.enable(name)
    _show(accounts.get(name), as_json)


@app.command("set-role")
def set_role(
    name: Name,
    role: Annotated[str, typer.Option("--role", help="viewer, analyst or admin.")],
    as_json: Json = False,
) -> None:
    """Change what an account may do."""
    chosen, accounts = parse_role(role), _accounts()
    accounts.set_role(name, chosen)
    _show(accounts.get(name), as_json)


@app.command("set-reviewer")
def set_reviewer(
    name: Name,
    is_reviewer: Annotated[
        bool, typer.Option("--on/--off", help="Whether the account may release tables for which others ask.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Name an account reviewer, or take that back."""
    accounts = _accounts()
    accounts.set_reviewer(name, is_reviewer)
    _show(accounts.get(name), as_json)


@app.command("reset-password")
def reset_password(name: Name, as_json: Json = False) -> None:
    """Give an account a new password and end its sessions."""
    accounts = _accounts()
    accounts.get(name)
    accounts.reset_password(name, _ask_password())
    _show(accounts.get(name), as_json)


def _accounts() -> ManagedAccounts:
    from pipeline.workbench.workbench import Workbench

    return Workbench().account.accounts


def _ask_password() -> str:
    password = os.environ.get(PASSWORD_VARIABLE)
    if password:
        return password
    if not sys.stdin.isatty():
        raise DataError("No password was given.", f"run this in a terminal, or set {PASSWORD_VARIABLE}.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _show(account: Account, as_json: bool) -> None:
    (print_json if as_json else print_pairs)(_describe(account))


def _describe(account: Account) -> dict[str, object]:
    return {
        "name": account.name,
        "role": str(account.role),
        "state": "active" if account.is_active else "disabled",
        "is_reviewer": account.is_reviewer,
    }
