"""What `runs share` and `runs withdraw` do, loaded with the first of them: who else may look at a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.cli.options import parse_role
from pipeline.cli.output import print_json, print_pairs
from pipeline.errors import DataError
from pipeline.runs.shares import Grantee, GranteeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.runs.shares import RunShare


def share(run_id: str, accounts: list[str] | None, role: str | None, as_json: bool) -> None:
    """Let accounts, or everyone with a role or a higher one, look at a run."""
    from pipeline.workbench.workbench import Workbench

    sharing = Workbench().sharing
    for grantee in _read_grantees(accounts, role):
        sharing.share(run_id, grantee)
    _show(run_id, sharing.list(run_id), as_json)


def withdraw(run_id: str, accounts: list[str] | None, role: str | None, as_json: bool) -> None:
    """Take back what `share` gave."""
    from pipeline.workbench.workbench import Workbench

    sharing = Workbench().sharing
    for grantee in _read_grantees(accounts, role):
        sharing.withdraw(run_id, grantee)
    _show(run_id, sharing.list(run_id), as_json)


def describe_shares(shares: Sequence[RunShare]) -> list[dict[str, Any]]:
    """With whom a run is shared, as plain values."""
    return [
        {
            one.grantee.kind.value: one.grantee.name,
            "given_by": one.given_by,
            "given_at": one.given_at.isoformat(timespec="seconds"),
        }
        for one in shares
    ]


def _read_grantees(accounts: list[str] | None, role: str | None) -> list[Grantee]:
    grantees = [Grantee(GranteeKind.ACCOUNT, name) for name in accounts or ()]
    if role is not None:
        grantees.append(Grantee(GranteeKind.ROLE, parse_role(role)))
    if not grantees:
        raise DataError("Nobody is named.", "name accounts with --with, or a role with --role.")
    return grantees


def _show(run_id: str, shares: Sequence[RunShare], as_json: bool) -> None:
    if as_json:
        print_json({"run": run_id, "shared_with": describe_shares(shares)})
        return
    names = "; ".join(str(one.grantee) for one in shares)
    print_pairs({"run": run_id, "shared_with": names or "nobody"})
