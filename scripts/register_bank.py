"""Register the built-in bank from its files: `python -m scripts.register_bank`, after `scripts.make_bank`.

Writes `schema.yaml`, `tables/` and `links/` beside the files of `content3`, as registration does, with the
keys and two rules that the bank declares, and with every rule that its rows speak for.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from pipeline.datasets.related.dataset import TABLES_FOLDER, RelatedDataset
from pipeline.datasets.related.declared import Declared
from pipeline.datasets.related.describe import describe_tables
from pipeline.datasets.related.links import LINKS_FOLDER
from pipeline.datasets.related.own_columns import Request, plan_set
from pipeline.datasets.related.reading import read_tables
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema, Relation
from pipeline.datasets.related.schema_file import format_schema
from pipeline.datasets.related.storing import write_set
from pipeline.evaluation.related.reference import load_related_reference
from pipeline.models.related.proposing import edit_rules, propose
from pipeline.settings import PROJECT_ROOT
from scripts.make_bank import AS_OF

_KEYS = {
    "customers": ("customer_id",),
    "accounts": ("account_id",),
    "cards": ("account_id", "card_no"),
    "merchant_categories": ("mcc",),
    "transactions": ("transaction_id",),
    "loans": ("loan_id",),
}
_RELATIONS = (
    ("customers", ("referred_by",), "customers"),
    ("accounts", ("customer_id",), "customers"),
    ("cards", ("account_id",), "accounts"),
    ("loans", ("account_id",), "accounts"),
    ("transactions", ("account_id",), "accounts"),
    ("transactions", ("account_id", "card_no"), "cards"),
    ("transactions", ("mcc",), "merchant_categories"),
)
_DECLARED = Declared(
    primary_keys=_KEYS,
    unique={"cards": (("card_number",),)},
    relations=tuple(Relation(child, columns, parent, _KEYS[parent]) for child, columns, parent in _RELATIONS),
    public=frozenset({"merchant_categories"}),
    is_complete=True,
)
_RULES = ("loans.granted <= accounts.closed", "loans.ended <= accounts.closed")
"""What holds in too few rows to be proposed."""


def main() -> None:
    """Register the files of `content3` in place."""
    register_bank(PROJECT_ROOT / "content3")


def register_bank(folder: Path) -> RelatedDataset:
    """Write the bank as a dataset of several tables beside its files."""
    tables = read_tables([folder / f"{name}.csv" for name in _KEYS])
    cells = {one.name: one.cells for one in tables}
    source = {"tables": {one.name: dict(one.source) for one in tables}}
    described = describe_tables("bank", cells, _DECLARED, AS_OF, source)
    titled = replace(
        described.schema,
        title="Bank",
        description="Customers with their accounts, cards, transactions and loans, and merchant categories.",
    )
    with tempfile.TemporaryDirectory() as draft:
        built = Path(draft) / "bank"
        write_set(built, plan_set(replace(described, schema=titled), cells, Request()))
        schema = _add_rules(RelatedDataset(titled, built))
        (built / SCHEMA_FILE).write_text(format_schema(schema), encoding="utf-8")
        for name in (TABLES_FOLDER, LINKS_FOLDER):
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(built / name, folder / name)
        shutil.copy2(built / SCHEMA_FILE, folder / SCHEMA_FILE)
    return RelatedDataset(schema, folder)


def _add_rules(dataset: RelatedDataset) -> RelatedSchema:
    reference = load_related_reference(dataset)
    found = propose(dataset, reference)
    schema = replace(found, rules=tuple(replace(one, is_confirmed=True) for one in found.rules))
    return edit_rules(RelatedDataset(schema, dataset.folder), reference, _RULES, ())


if __name__ == "__main__":
    main()
