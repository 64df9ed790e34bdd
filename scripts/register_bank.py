"""Register the built-in bank from its files: `python -m scripts.register_bank`, after `scripts.make_bank`.

Writes `schema.yaml`, `tables/` and `links/` beside the files of `content3`, as registration does, with the
keys that the bank declares and with every rule that holds in all of its rows.
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
from pipeline.datasets.related.reading import read_tables
from pipeline.datasets.related.schema import SCHEMA_FILE, RelatedSchema, Relation
from pipeline.datasets.related.storing import Request, write_schema, write_set
from pipeline.evaluation.related.reference import load_related_reference
from pipeline.models.related.proposing import propose
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
        dataset = write_set(built, replace(described, schema=titled), cells, Request())
        schema = _add_rules(dataset)
        write_schema(built, schema)
        for name in (TABLES_FOLDER, LINKS_FOLDER):
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(built / name, folder / name)
        shutil.copy2(built / SCHEMA_FILE, folder / SCHEMA_FILE)
    return RelatedDataset(schema, folder)


def _add_rules(dataset: RelatedDataset) -> RelatedSchema:
    found = propose(dataset, load_related_reference(dataset))
    return replace(found, rules=tuple(replace(one, is_confirmed=True) for one in found.rules))


if __name__ == "__main__":
    main()
