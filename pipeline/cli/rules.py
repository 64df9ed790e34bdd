"""What the command `rules` does for a dataset of one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.cli.output import print_json, print_table

if TYPE_CHECKING:
    from pipeline.workbench.datasets import DatasetService


@dataclass(frozen=True)
class RuleChanges:
    """What was asked for: to look for rules, to keep all that were found, to add and to remove some."""

    is_proposed: bool
    is_accepted: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]


def change_single_rules(datasets: DatasetService, name: str, wanted: RuleChanges, as_json: bool) -> None:
    """Propose, confirm, add and remove rules of one table, and list them."""
    if wanted.added or wanted.removed:
        datasets.change_rules(name, wanted.added, wanted.removed)
    if wanted.is_accepted:
        datasets.accept_rules(name)
    is_looking = wanted.is_proposed and not wanted.is_accepted
    found = datasets.propose_rules(name) if is_looking else datasets.list_rules(name)
    if as_json:
        rules = [{"rule": one.rule, "confirmed": one.is_confirmed, "rows": one.rows} for one in found]
        print_json({"dataset": name, "rules": rules})
        return
    print_table(("RULE", "STATE", "ROWS"), [(one.rule, one.state, one.rows) for one in found])
