"""Columns of a registered dataset, listed and changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.datasets import dataset
from pipeline.datasets.catalog import Catalog
from pipeline.datasets.columns import describe_columns, list_learned
from pipeline.datasets.source import ReadOptions, list_findings
from pipeline.errors import DataError
from pipeline.settings import UploadLimits

ROWS = 120


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    file = tmp_path / "payments.csv"
    lines = [
        f"{50 + row % 9}{row * 7919 % 10_000:04d};{row % 28 + 1:02d}/{row % 12 + 1:02d}/2024;"
        f"1.{row:03d},50;{('north', 'south')[row % 2]}"
        for row in range(ROWS)
    ]
    file.write_text("number;booked;amount;region\n" + "\n".join(lines) + "\n", encoding="utf-8")
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    catalog.add("payments", [file], options=ReadOptions(day_first=True))
    return catalog


def find(spec, name):
    return next(one for one in describe_columns(spec) if one.name == name)


def test_columns_tell_what_they_were_taken_for_and_why(catalog):
    amount = find(catalog.get("payments").spec, "amount")
    assert (amount.role, amount.kind, amount.form["decimal"]) == ("modelled", "numerical", ",")
    assert "distinct" in amount.why


def test_limits_units_and_kinds_are_changed(catalog):
    spec = catalog.plan_change(
        "payments",
        ["amount.minimum=0", "amount.unit=EUR", "region.kind=text", "payments.number.kind=numerical"],
    )
    assert (find(spec, "amount").minimum, find(spec, "amount").unit) == (0, "EUR")
    assert find(spec, "region").role == "identity"
    assert find(spec, "number").kind == "numerical"
    assert list_learned(spec).replaced == ("region",)
    limits = next(rule for rule in spec.rules if rule.column == "amount" and "range" in rule.rule)
    assert limits.options["min"] == 0


def test_a_column_that_becomes_an_identity_keeps_which_rows_have_the_same_value(catalog):
    spec = catalog.get("payments").spec
    assert spec.entities == ()
    changed = catalog.plan_change("payments", ["region.kind=user_id"])
    assert find(changed, "region").role == "identity"
    assert [entity.columns for entity in changed.entities] == [("region",)]
    catalog.change("payments", changed)
    assert catalog.plan_change("payments", ["region.role=modelled"]).entities == ()


def test_what_needs_a_decision_is_said_anew_after_a_change(catalog):
    sentences = {True: ("Column region.",), False: ()}

    def find_doubts(rows, spec):
        assert len(rows) == ROWS
        return sentences[find(spec, "region").role == "modelled"]

    spec = catalog.plan_change("payments", ["amount.minimum=0"], find_doubts)
    assert list_findings(spec.source)[-1] == "Column region."
    catalog.change("payments", spec)
    assert list_findings(catalog.get("payments").spec.source)[-1] == "Column region."
    spec = catalog.plan_change("payments", ["region.role=identity"], find_doubts)
    assert "Column region." not in list_findings(spec.source)


def test_a_change_gives_another_fingerprint_and_keeps_the_version_before(catalog):
    before = catalog.get("payments")
    fingerprint, text = before.fingerprint, (before.folder / "dataset.yaml").read_text("utf-8")
    changed = catalog.change("payments", catalog.plan_change("payments", ["amount.maximum=9000"]))
    assert changed.fingerprint != fingerprint
    assert (changed.folder / "versions" / "001" / "dataset.yaml").read_text("utf-8") == text
    assert find(catalog.get("payments").spec, "amount").maximum == 9000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("amount", "names no column"),
        ("nothing.kind=text", "names no column"),
        ("amount.colour=red", 'has no "colour" to set'),
        ("region.kind=numerical", "most of its cells are no numbers"),
        ("amount.kind=banana", 'cannot be of the kind "banana"'),
        ("amount.minimum=ten", 'minimum "ten" is no number'),
        ("amount.minimum=9000000", "minimum lies above the maximum"),
        ("region.public=perhaps", 'public is "perhaps"'),
        ("region.group=nobody", 'no group "nobody"'),
        ("booked.role=boss", 'cannot have the role "boss"'),
    ],
)
def test_a_wrong_change_is_refused_in_one_sentence(catalog, change, message):
    with pytest.raises(DataError, match=message):
        catalog.plan_change("payments", [change])


def test_a_built_in_dataset_cannot_be_changed(catalog):
    with pytest.raises(DataError, match="built in"):
        catalog.plan_change("pci", ["cvv.kind=text"])


@pytest.fixture
def compact(tmp_path: Path) -> Catalog:
    file = tmp_path / "compact.csv"
    lines = [
        f"23{row % 12 + 1:02d}{row % 7 + 1:02d},{8 + row % 9:02d}{row % 6}0,{row % 50}" for row in range(ROWS)
    ]
    file.write_text("day,hour,n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    catalog.add("compact", [file])
    return catalog


def test_a_pattern_makes_digits_dates_and_times(compact):
    changes = [
        "day.kind=datetime",
        "day.form.pattern=%y%m%d",
        "hour.kind=numerical",
        "hour.form.pattern=%H%M",
    ]
    spec = compact.plan_change("compact", changes)
    assert find(spec, "day").kind == "datetime"
    assert find(spec, "day").form == {"kind": "date", "pattern": "%y%m%d"}
    assert find(spec, "hour").form == {"kind": "time", "pattern": "%H%M"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["day.kind=datetime", "day.form.pattern=%m%d%y"], r"not written as %m%d%y: .* the first in row 1\."),
        (["day.kind=code", "day.form.pattern=%y%m%d"], 'of the kind "code", which has no form'),
        (["day.kind=numerical", "day.form.pattern=%y%m%d"], "is a date, which is of the kind datetime"),
        (["hour.kind=datetime", "hour.form.pattern=%H%M"], "a time of day, which is of the kind numerical"),
    ],
)
def test_a_pattern_that_does_not_fit_is_refused(compact, changes, message):
    with pytest.raises(DataError, match=message) as refusal:
        compact.plan_change("compact", changes)
    assert "2301" not in str(refusal.value)


def test_a_dataset_that_was_just_changed_is_hashed_once_and_hashed_again_after_another_change(
    catalog, monkeypatch
):
    hashed, digest = [], dataset._digest
    monkeypatch.setattr(dataset, "_digest", lambda path: hashed.append(path.name) or digest(path))
    found = []
    for limit in (9_000, 8_000):
        catalog.change("payments", catalog.plan_change("payments", [f"amount.maximum={limit}"]))
        hashed.clear()
        found += [catalog.get("payments").fingerprint for _ in range(3)]
        assert sorted(hashed) == ["dataset.yaml", "metadata.json", "payments.csv"]
        assert find(catalog.get("payments").spec, "amount").maximum == limit
    assert len(set(found)) == 2


def test_a_column_named_like_its_dataset_is_changed_in_both_ways_of_writing(tmp_path: Path) -> None:
    file = tmp_path / "login.csv"
    lines = [f"{('web', 'app', 'desk')[row % 3]},{row * 37 % 1_000}.5" for row in range(ROWS)]
    file.write_text("login,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    catalog.add("login", [file])
    for change in ("login.role=identity", "login.login.role=identity"):
        assert find(catalog.plan_change("login", [change]), "login").role == "identity"
    assert find(catalog.plan_change("login", ["login.amount.minimum=0"]), "amount").minimum == 0


def test_what_is_said_before_registering_names_the_dataset_to_be(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    lines = [f"{row % 40 * 12_345 / 7e4:.6e},{row * 37 % 1_000}.5" for row in range(ROWS)]
    file.write_text("number,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
    catalog = Catalog(tmp_path / "datasets", UploadLimits())
    doubt = "`columns people --set number.role=identity`"
    spec = catalog.plan(
        file,
        name="people",
        find_doubts=lambda rows, spec: [f"`columns {spec.name} --set number.role=identity`"],
    )
    assert doubt in list_findings(spec.source)
