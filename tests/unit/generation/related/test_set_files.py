"""Where several tables go, which scales there are, and what the manifest of generated ones holds."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest

from pipeline.datasets.related.catalog import RelatedCatalog
from pipeline.datasets.related.schema import RelatedRule
from pipeline.datasets.rules.check import RuleCheck
from pipeline.errors import DataError, ExportError, NotFoundError
from pipeline.evaluation.related.reference import load_related_reference
from pipeline.evaluation.related.results import ChildCounts, KeyCheck, RelationDetection, RelationEvidence
from pipeline.evaluation.results import Verdict
from pipeline.evaluation.results_fidelity import Baseline, Estimate
from pipeline.generation.related.files import (
    SetFormat,
    SetTarget,
    choose_target,
    name_set_files,
    write_set_files,
)
from pipeline.generation.related.making import check_scale, make_again
from pipeline.generation.related.results import RelatedEvidence, RelatedGeneration, compute_digest
from pipeline.models.related.assembly import RelatedRequest, assemble_tables
from pipeline.models.related.inputs import learn_tables
from pipeline.models.related.model import RelatedModel, RelatedModelInfo
from pipeline.models.related.proposing import edit_rules
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.settings import IdentityOptions, UploadLimits
from pipeline.synthesizers.related.protocol import DrawnTable
from tests.small_bank import RULES, find_faults, make_small_bank, write_small_bank

AS_OF = date(2026, 5, 17)
DEFAULT = Path("exports/shop-seed3")
FILES = {"customers.csv", "accounts.csv", "bookings.csv", "manifest.json"}
NOTHING = RelatedEvidence({}, (), (), ())
RULE = RelatedRule("inequality", "accounts", ("opened", "closed"))


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> RelatedGeneration:
    """The small bank made again of its own training rows, with new keys, and not measured."""
    folder = tmp_path_factory.mktemp("bank")
    files = write_small_bank(folder / "in")
    dataset = RelatedCatalog(folder / "related", UploadLimits()).add("shop", files)
    reference = load_related_reference(dataset)
    dataset = replace(dataset, schema=edit_rules(dataset, reference, RULES, ()))
    learned = learn_tables(dataset, reference)
    request = RelatedRequest(3, AS_OF, IdentityOptions())
    drawn = {
        one.name: DrawnTable(
            one.rows, one.owner_rows, {name: other.rows for name, other in one.others.items()}
        )
        for one in learned.list_inputs()
    }
    sample = assemble_tables(dataset, learned, drawn, request)
    info = RelatedModelInfo(
        "0123456789ab", "shop", dataset.fingerprint, RelatedRecipe(), {}, "2026-05-17T10:00:00+00:00",
        learned.count_training_rows(), 1, 1.0,
    )  # fmt: skip
    return RelatedGeneration(dataset, info, request, sample, NOTHING, {"train": 1.0}, False)


@pytest.mark.parametrize(
    ("fmt", "out", "format_", "path", "is_folder"),
    [
        (None, None, SetFormat.CSV, "exports/shop-seed3.zip", False),
        ("sql", None, SetFormat.SQL, "exports/shop-seed3.sql", False),
        ("xlsx", None, SetFormat.EXCEL, "exports/shop-seed3.xlsx", False),
        (None, "x.zip", SetFormat.CSV, "x.zip", False),
        (None, "X.XLSX", SetFormat.EXCEL, "X.XLSX", False),
        (None, "x.sql", SetFormat.SQL, "x.sql", False),
        ("parquet", "x.zip", SetFormat.PARQUET, "x.zip", False),
        (None, "folder", SetFormat.CSV, "folder", True),
        ("parquet", "folder", SetFormat.PARQUET, "folder", True),
    ],
)
def test_the_format_is_the_given_one_or_that_of_the_ending(
    fmt: str | None, out: str | None, format_: SetFormat, path: str, is_folder: bool
) -> None:
    target = choose_target(fmt, Path(out) if out else None, None, DEFAULT)
    assert target == SetTarget(format_, Path(path), is_folder)


def test_a_workbook_goes_into_a_folder_that_exists(tmp_path: Path) -> None:
    assert choose_target("excel", tmp_path, None, DEFAULT).path == tmp_path / "shop-seed3.xlsx"


@pytest.mark.parametrize(
    ("fmt", "out", "dialect", "message"),
    [
        ("word", None, None, 'cannot be written as "word"'),
        ("json", "x.json", None, 'cannot be written as "json"'),
        (None, "x.sql", "dbase", 'no dialect "dbase"'),
        ("sql", "x.xlsx", None, "does not end like a file of sql"),
        (None, "x.csv", None, "ends like a file of one table"),
        (None, "x.docx", None, "ends like a file of one table"),
    ],
)
def test_a_place_that_does_not_fit_is_refused(
    fmt: str | None, out: str | None, dialect: str | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        choose_target(fmt, Path(out) if out else None, dialect, DEFAULT)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1000.1, float("nan"), float("inf")])
def test_a_scale_out_of_range_is_refused(scale: float) -> None:
    with pytest.raises(DataError, match="is out of range"):
        check_scale(scale, AS_OF)


@pytest.mark.parametrize("scale", [0.001, 1.0, 1000.0])
def test_scales_up_to_a_thousand_are_taken(scale: float) -> None:
    check_scale(scale, AS_OF)
    with pytest.raises(DataError, match="is out of range"):
        check_scale(scale * 1_000_001, AS_OF)


@pytest.mark.parametrize("format_", SetFormat)
def test_equal_tables_give_equal_bytes_and_a_manifest_of_their_checksums(
    generation: RelatedGeneration, format_: SetFormat
) -> None:
    target = SetTarget(format_, Path("shop.zip"))
    first, again = (write_set_files(generation, target, "ada") for _ in range(2))
    assert first.content == again.content
    assert first.manifest["files"].keys() == first.files.keys()
    assert (first.manifest["rows"], first.manifest["scale"]) == (generation.rows, 1.0)
    assert json.loads(first.format_manifest()) == json.loads(json.dumps(first.manifest))


def test_the_archive_holds_the_tables_and_the_manifest(generation: RelatedGeneration) -> None:
    export = write_set_files(generation, SetTarget(SetFormat.CSV, Path("shop.zip")), "ada")
    with zipfile.ZipFile(BytesIO(export.content)) as archive:
        assert sorted(archive.namelist()) == [
            "accounts.csv",
            "bookings.csv",
            "customers.csv",
            "manifest.json",
            "report.html",
        ]
        names = ("customers", "accounts", "bookings")
        assert find_faults({name: pd.read_csv(archive.open(f"{name}.csv")) for name in names}) == []


def test_a_folder_gets_the_manifest_inside_and_a_file_gets_it_beside(generation: RelatedGeneration) -> None:
    folder = SetTarget(SetFormat.CSV, Path("out"), is_folder=True)
    inside = name_set_files(write_set_files(generation, folder, "ada"), folder)
    assert {path.name for path in inside} == {
        "customers.csv",
        "accounts.csv",
        "bookings.csv",
        "manifest.json",
        "report.html",
    }
    assert {path.parent for path in inside} == {Path("out")}
    file = SetTarget(SetFormat.SQL, Path("out/shop.sql"))
    beside = name_set_files(write_set_files(generation, file, "ada"), file)
    assert {str(path) for path in beside} == {
        "out/shop.sql",
        "out/shop.sql.manifest.json",
        "out/shop.sql.report.html",
    }


def test_the_manifest_holds_no_value_of_the_sample(generation: RelatedGeneration) -> None:
    export = write_set_files(generation, SetTarget(SetFormat.CSV, Path("shop.zip")), "ada")
    text = export.format_manifest().decode()
    for name, table in make_small_bank().items():
        for column in table.columns.difference(["segment", "type", "product", "kind", "movements"]):
            values = {str(value) for value in table[column].dropna() if len(str(value)) > 5}
            assert [value for value in values if f'"{value}"' in text or f" {value}," in text] == [], (
                name,
                column,
            )


def test_tables_are_made_again_only_where_they_are_the_same(generation: RelatedGeneration) -> None:
    class Fixed:
        info, dataset = generation.model, generation.dataset

        def sample(self, request: RelatedRequest) -> object:
            return generation.sample

    model: RelatedModel = Fixed()  # type: ignore[assignment]
    digest = compute_digest(generation.tables)
    again = make_again(model, generation.request, digest, NOTHING)
    assert (again.reused, again.rows) == (True, generation.rows)
    with pytest.raises(NotFoundError, match="can no longer be reproduced"):
        make_again(model, generation.request, "0" * 64, NOTHING)


def _relate(auc: float, item: str = "siblings") -> RelationEvidence:
    found = RelationDetection(item, Estimate(auc, auc - 0.02, auc + 0.02), None, None, 100, 500)
    none = RelationDetection("parent", None, None, None, 0, 0, "too few")
    sides = (found, none) if item == "parent" else (none, found)
    counts = ChildCounts(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    return RelationEvidence(
        "a.b", "a", "b", 5, 1.0, 0.0, 0.0, counts, Baseline("trends", 1.0, None, None), 1, *sides
    )


def test_tables_that_keep_everything_pass() -> None:
    kept = replace(
        NOTHING, keys=(KeyCheck("accounts", ("id",), "primary", 5, 0),), rules=(RuleCheck(RULE, 5, 0),)
    )
    assert (kept.verdict, kept.reasons, kept.is_valid) == (Verdict.PASS, (), True)
    kept.require_exportable()


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            replace(NOTHING, keys=(KeyCheck("accounts", ("a", "b"), "primary", 1500, 2),)),
            "accounts: the primary key a, b is broken in 2 of 1,500 rows.",
        ),
        (
            replace(NOTHING, rules=(RuleCheck(RULE, 1500, 1),)),
            "accounts: the rule inequality of opened, closed is broken in 1 of 1,500 rows.",
        ),
    ],
    ids=["key", "rule"],
)
def test_a_broken_key_or_rule_stops_the_export(broken: RelatedEvidence, reason: str) -> None:
    assert (broken.verdict, broken.reasons, broken.is_valid) == (Verdict.FAIL, (reason,), False)
    with pytest.raises(ExportError, match=r"is broken in"):
        broken.require_exportable()


@pytest.mark.parametrize(
    ("item", "joined"),
    [("parent", "with its parent"), ("siblings", "with its parent and sums over its siblings")],
)
def test_children_that_are_copies_are_worth_a_look(item: str, joined: str) -> None:
    evidence = replace(NOTHING, relations=(_relate(0.2, item),))
    assert evidence.verdict is Verdict.LOOK
    assert len(evidence.reasons) == 1
    assert evidence.reasons[0].startswith(f"a.b {joined}: A classifier does worse than guessing (AUC 0.20")
    assert replace(NOTHING, relations=(_relate(0.6, item),)).verdict is Verdict.PASS


def test_the_evidence_as_json_has_the_keys_of_the_contract() -> None:
    plain = replace(NOTHING, relations=(_relate(0.6),), rules=(RuleCheck(RULE, 5, 0),)).as_dict()
    assert plain.keys() >= {"verdict", "reasons", "tables", "relations", "keys", "rules"}
    assert json.loads(json.dumps(plain)) == plain
    assert plain["rules"][0]["relation"] is None
