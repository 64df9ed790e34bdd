"""The service of several tables, with sets small enough to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from pipeline.datasets.columns import ColumnInfo, Learned
from pipeline.datasets.related.editing import SaidKeys, SetEdits
from pipeline.datasets.related.overview import SetOverview
from pipeline.datasets.related.schema import RelatedRule, RelatedSchema, RelatedTable, Relation
from pipeline.datasets.source import ReadOptions
from pipeline.errors import DataError
from pipeline.evaluation.export_check import ExportCheck
from pipeline.evaluation.headline import Headline
from pipeline.generation.orders import RelatedOrder
from pipeline.generation.related.files import SetTarget, choose_target
from pipeline.generation.related.results import RelatedGeneration
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.progress import OnProgress, RowProgress, Stage

RULE = RelatedRule("inequality", "accounts", ("opened", "closed"), rows=70)
PROPOSED = replace(RULE, columns=("opened", "checked"), is_confirmed=False, rows=80)
BANK = RelatedSchema(
    name="bank",
    title="A bank of *nobody*",
    description="Customers with accounts.",
    as_of=date(2026, 1, 1),
    tables=(
        RelatedTable("customers", ("customer_id", "name"), ("customer_id",)),
        RelatedTable("accounts", ("account_id", "customer_id", "opened", "closed"), ("account_id",)),
    ),
    relations=(
        Relation(
            "accounts", ("customer_id",), "customers", ("customer_id",), is_owner=True,
            why="all 80 rows have a row in customers",
        ),
    ),
    rules=(RULE,),
    is_builtin=True,
)  # fmt: skip
DOUBT = 'Column "name" needs a decision.'
SHOP = replace(BANK, name="shop", title="Shop", is_builtin=False)


def describe(schema: RelatedSchema) -> SetOverview:
    """What a service says of a set."""
    learned = {
        "customers": Learned((), ("customer_id",), ("name",)),
        "accounts": Learned(("opened", "closed"), ("account_id", "customer_id"), ()),
    }
    return SetOverview(schema, learned, {"customers": (DOUBT,)})


@dataclass
class FakeRelated:
    """The given sets; `calls` of the owner keep what was asked, its `failure` refuses what changes a set."""

    owner: Any

    def list(self) -> tuple[RelatedSchema, ...]:
        """All of them."""
        return self.owner.given_sets

    def has(self, name: str) -> bool:
        """Whether one of them has this name."""
        return any(one.name == name for one in self.list())

    def describe(self, name: str) -> SetOverview:
        """One text of the customers is replaced, and one of their columns in doubt."""
        return describe(self._get(name))

    def describe_columns(self, name: str) -> dict[str, tuple[ColumnInfo, ...]]:
        """The key of the customers and their names."""
        return {
            "customers": (
                ColumnInfo("customer_id", "identity", "key"), ColumnInfo("name", "identity", "text")
            ),
            "accounts": (ColumnInfo("opened", "modelled", "datetime"),),
        }  # fmt: skip

    def edit(self, name: str, wanted: SetEdits, is_dry_run: bool = False) -> SetOverview:
        """Nothing changes; a relation to nowhere is refused."""
        self._note("check" if is_dry_run else "edit", name, wanted)
        if any("nowhere" in text for text in wanted.added):
            raise DataError('"nowhere.id" names no table and column.', "write TABLE.COLUMN.")
        return self.describe(name)

    def plan(
        self, name: str, files: Sequence[Path], metadata: Path | None, options: ReadOptions, keys: SaidKeys
    ) -> SetOverview:
        """What is in the bank, whatever the files."""
        self._note("plan", name, [(file.name, file.read_bytes()) for file in files], options, keys)
        return describe(replace(SHOP, name=name))

    def add(
        self, name: str, files: Sequence[Path], metadata: Path | None, options: ReadOptions, keys: SaidKeys
    ) -> SetOverview:
        """The same, kept."""
        self._note("add", name, [file.name for file in files], options, keys)
        return self._keep(name)

    def add_database(
        self,
        name: str,
        url: str,
        schema: str | None,
        tables: Sequence[str] | None,
        roots: Mapping[str, int],
        password: str | None,
        on_progress: OnProgress,
    ) -> SetOverview:
        """The same, half of it reported as read."""
        self._note("database", name, url, schema, dict(roots), password)
        on_progress(RowProgress(Stage.READ, rows=5, total_rows=10))
        return self._keep(name)

    def propose_rules(self, name: str) -> RelatedSchema:
        """One rule more."""
        self._note("propose", name)
        return replace(self._get(name), rules=(RULE, PROPOSED))

    def accept_rules(self, name: str) -> RelatedSchema:
        """Both rules, kept."""
        self._note("accept", name)
        return self._change(name, (RULE, replace(PROPOSED, is_confirmed=True)))

    def change_rules(
        self, name: str, added: Sequence[str] = (), removed: Sequence[str] = ()
    ) -> RelatedSchema:
        """No rule at all."""
        self._note("change", name, tuple(added), tuple(removed))
        return self._change(name, ())

    def remove(self, name: str) -> None:
        """Forget one of the sets."""
        self._note("remove", name)
        self.owner.given_sets = tuple(one for one in self.list() if one.name != name)

    def _note(self, *call: Any) -> None:
        self.owner.calls.append(call)
        if self.owner.failure:
            raise self.owner.failure

    def _keep(self, name: str) -> SetOverview:
        if not name:
            raise DataError("A dataset needs a name.", "give it one.")
        added = replace(SHOP, name=name, title=name.title())
        self.owner.given_sets = (*self.owner.given_sets, added)
        return describe(added)

    def _get(self, name: str) -> RelatedSchema:
        return next(one for one in self.list() if one.name == name)

    def _change(self, name: str, rules: tuple[RelatedRule, ...]) -> RelatedSchema:
        changed = replace(self._get(name), rules=rules)
        self.owner.given_sets = tuple(changed if one.name == name else one for one in self.list())
        return changed


@dataclass
class FakeRelatedTables:
    """Tables of the given sets, made from nothing."""

    owner: Any

    def default_recipe(self, **changes: Any) -> RelatedRecipe:
        """The real one."""
        return RelatedRecipe(**changes)

    def open(self, run_id: str) -> RelatedGeneration:
        """Two tables of a few rows, whatever was ordered."""
        order = self.owner.runs.get(run_id).order
        assert isinstance(order, RelatedOrder)
        tables = {
            "customers": pd.DataFrame({"customer_id": ["1", "2"], "name": ["Ada", "Bo"]}),
            "accounts": pd.DataFrame({"account_id": ["7"], "customer_id": ["2"]}),
        }
        return RelatedGeneration(
            SimpleNamespace(
                schema=self.owner.related._get(order.dataset),
                describe=lambda: describe(self.owner.related._get(order.dataset)),
            ),
            SimpleNamespace(id="m1", dataset=order.dataset),
            SimpleNamespace(scale=order.scale, seed=order.seed, as_of=order.as_of),
            SimpleNamespace(tables=tables),
            self.owner.related_evidence,
            {},
            reused=False,
        )

    def preview(self, generation: RelatedGeneration, rows: int) -> dict[str, dict[str, list[str]]]:
        """The first rows as text."""
        return {name: table.head(rows).to_dict("list") for name, table in generation.tables.items()}

    def plan_download(
        self, generation: RelatedGeneration, fmt: str | None, dialect: str | None = None
    ) -> SetTarget:
        """The real one."""
        return choose_target(fmt, None, dialect, Path(generation.filename))

    def conclude(self, generation: RelatedGeneration) -> tuple[Headline, ExportCheck]:
        """Those of the evidence: nothing has left before."""
        return generation.evidence.headline, generation.evidence.check()

    def export(self, generation: RelatedGeneration, target: SetTarget) -> Any:
        """The name of the format as content."""
        self.owner.related._note("export", str(target.format), target.dialect)
        return SimpleNamespace(content=str(target.format).encode())
