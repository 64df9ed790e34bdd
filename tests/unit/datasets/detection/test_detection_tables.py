"""What is detected of whole tables: roles that belong together, rules, metadata and given sdtypes."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from faker import Faker

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.detection.detect import Decide, adopt, detect
from pipeline.datasets.parsing import as_text
from pipeline.datasets.reading import infer_types
from pipeline.datasets.spec import DatasetSpec, Role
from pipeline.errors import DataError, MetadataError
from pipeline.identity import derive
from tests.unit.datasets.detection.detection_cases import AS_OF, NAMES, ROWS, make_bank, make_column
from tests.unit.identity.identity_cases import request


def test_identity_with_gaps_notes_their_share_and_may_be_missing() -> None:
    table = make_bank()
    table.loc[:14, "name"] = None
    spec, _ = detect(table, "bank", AS_OF)
    name = next(column for column in spec.columns if column.name == "name")
    assert name.options == {"missing_share": 0.25}
    rules = {(rule.rule, rule.column) for rule in spec.rules}
    assert ("not_missing", "name") not in rules
    assert ("email_follows_name", "email") not in rules
    assert ("not_missing", "email") in rules


def test_key_options_follow_the_form_of_the_values() -> None:
    numbers = detect_column("id", make_column(lambda row: row + 5_000))
    assert numbers.options == {"template": "integer", "width": 4, "grows": True}
    texts = detect_column("id", make_column(lambda row: f"CUST-{row:09d}"))
    assert texts.options == {"prefix": "CUST-", "width": 9, "grows": True}


@pytest.fixture
def bank_spec() -> DatasetSpec:
    return detect(make_bank(), "bank", AS_OF)[0]


def test_columns_that_belong_together_follow_each_other(bank_spec: DatasetSpec) -> None:
    follows = {column.name: column.follows for column in bank_spec.columns if column.follows}
    assert follows == {
        "name": ("sex",),
        "email": ("name",),
        "born": ("age",),
        "address": ("state",),
        "card_number": ("network",),
    }
    assert [(item.name, item.kind, item.column) for item in bank_spec.features] == [
        ("age", "age", "born"),
        ("state", "us_state", "address"),
    ]


def test_default_rules_hold_for_what_the_table_shows(bank_spec: DatasetSpec) -> None:
    rules = {(rule.rule, rule.column) for rule in bank_spec.rules}
    assert ("not_missing", "balance") in rules
    assert ("not_missing", "grade") not in rules
    assert {("unique", "client_id"), ("not_real", "client_id"), ("luhn", "card_number")} <= rules
    assert {
        ("card_network", "card_number"),
        ("email_follows_name", "email"),
        ("date_format", "opened"),
    } <= rules
    assert ("not_real", "name") not in rules
    grades = next(rule for rule in bank_spec.rules if (rule.rule, rule.column) == ("one_of", "grade"))
    assert grades.options == {"values": ["NA", "a", "b"]}


def test_detected_metadata_holds_sdtypes_and_no_value() -> None:
    spec, metadata = detect(make_bank(), "bank", AS_OF)
    table = metadata["tables"]["bank"]
    assert table["primary_key"] == "client_id"
    assert table["columns"]["name"] == {"sdtype": "name", "pii": True}
    assert table["columns"]["balance"] == {"sdtype": "numerical"}
    assert list(table["columns"]) == [column.name for column in spec.columns]


def test_empty_column_is_kept_empty_and_said_to_be() -> None:
    spec, metadata = detect(make_bank().assign(void=None), "bank", AS_OF)
    void = spec.columns[-1]
    assert (void.role, void.kind, void.why) == (Role.IDENTITY, "empty", "no value in any row")
    assert [rule for rule in spec.rules if rule.column == "void"] == []
    assert metadata["tables"]["bank"]["columns"]["void"] == {"sdtype": "unknown", "pii": True}


def test_table_of_empty_columns_and_identities_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to learn"):
        detect(make_bank()[["client_id"]].assign(void=None), "bank", AS_OF)


def test_public_columns_are_categories_whatever_they_look_like() -> None:
    table = make_bank().assign(sort_code=[f"{row % 20 + 10}-53-{row % 20 + 40}" for row in range(ROWS)])
    found = {column.name: column for column in detect(table, "bank", AS_OF)[0].columns}
    assert (found["sort_code"].kind, found["sort_code"].is_public) == ("code", False)
    spec, _ = detect(table, "bank", AS_OF, public=["sort_code", "client_id"])
    found = {column.name: column for column in spec.columns}
    assert (found["sort_code"].kind, found["sort_code"].is_public) == ("categorical", True)
    assert (found["client_id"].kind, found["client_id"].is_public) == ("categorical", True)
    assert "public" in found["sort_code"].why


def test_public_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DataError, match='no column "sortcode" that could be public'):
        detect(make_bank(), "bank", AS_OF, public=["sortcode"])


def test_identifiers_hidden_behind_a_word_for_missing_are_found() -> None:
    passports = [f"C{row:02d}X{row * 137 % 10_000:04d}" if row % 6 == 0 else "none" for row in range(ROWS)]
    spec, _ = detect(make_bank().assign(passport_no=passports), "bank", AS_OF)
    column = spec.columns[-1]
    assert (column.role, column.kind) == (Role.IDENTITY, "code")
    assert (column.options["missing_share"], column.options["missing_word"]) == (0.833333, "none")
    rules = {rule.rule for rule in spec.rules if rule.column == "passport_no"}
    assert rules == {"code_form", "not_real"}


def test_ibans_in_groups_of_four_are_generated_and_checked_in_groups() -> None:
    ibans = pd.Series([f"CH{row:02d} 0839 0349 1635 48{row:02d} {row % 10}" for row in range(ROWS)])
    spec, _ = detect(pd.DataFrame({"iban": ibans, "amount": np.arange(ROWS) * 1.5}), "bank", AS_OF)
    (rule,) = [one for one in spec.rules if one.rule == "iban_form"]
    assert rule.options == {"country": "CH", "grouped": True}
    values = derive(request(list(spec.columns[:1]), 60))["iban"]
    form = re.compile(r"CH\d{2}( [0-9A-Z]{4}){4} [0-9A-Z]")
    assert all(form.fullmatch(value) for value in values)


def test_full_names_follow_the_columns_that_hold_their_parts() -> None:
    first, last = (pd.Series(NAMES).str.split().str[place] for place in (0, 1))
    table = pd.DataFrame({"kunde": last.str.upper() + ", " + first, "vorname": first, "nachname": last})
    table = table.assign(anrede=["Frau", "Herr"] * (ROWS // 2), betrag=np.arange(ROWS) * 1.5)
    spec, _ = detect(table, "bank", AS_OF)
    columns = {one.name: one for one in spec.columns}
    assert columns["kunde"].options == {"order": "last_first"}
    assert columns["kunde"].follows == ("vorname", "nachname")
    assert columns["vorname"].follows == ("anrede",)


def test_unique_codes_are_unique_and_never_real() -> None:
    table = make_bank().assign(invoice=[f"INV-2024-{row * 7919 % 99_991:05d}" for row in range(ROWS)])
    rules = {rule.rule for rule in detect(table, "bank", AS_OF)[0].rules if rule.column == "invoice"}
    assert rules == {"code_form", "not_missing", "unique", "not_real"}


def test_reasons_and_alternatives_hold_no_value_of_the_table() -> None:
    table = make_bank().assign(
        branch=[f"BRX-{row % 4}" for row in range(ROWS)],
        account=[f"ACQ{row % 20:07d}" for row in range(ROWS)],
    )
    for column in detect(table, "bank", AS_OF)[0].columns:
        told = " ".join((column.why, *column.alternatives))
        values = {text for text in as_text(table[column.name]).dropna().unique() if len(text) > 3}
        assert column.why
        assert [text for text in values if text in told] == []
        assert "ACQ" not in told
        assert "BRX" not in told


def test_measure_that_goes_with_another_is_no_key() -> None:
    rng = np.random.default_rng(5)
    level = rng.choice(np.arange(100_000, 1_000_000), 400, replace=False)
    rate = (level / 1_000_000 + rng.normal(0, 0.1, 400)).round(3)
    alone, _ = detect(pd.DataFrame({"x": level, "kind": ["a", "b"] * 200}), "t", AS_OF)
    beside, _ = detect(pd.DataFrame({"x": level, "rate": rate}), "t", AS_OF)
    assert (alone.columns[0].kind, beside.columns[0].kind) == ("code", "numerical")
    assert "they correlate with another measure" in beside.columns[0].why


def test_table_of_identities_alone_is_refused() -> None:
    with pytest.raises(DataError, match="identities alone"):
        detect(make_bank()[["client_id", "name"]], "bank", AS_OF)


GIVEN = {
    "client_id": {"sdtype": "id"},
    "name": {"sdtype": "categorical"},
    "grade": {"sdtype": "company", "pii": True},
    "balance": {"sdtype": "numerical"},
    "opened": {"sdtype": "datetime", "datetime_format": "%d/%m/%Y"},
}


def _given_cells() -> pd.DataFrame:
    typed = make_bank()[list(GIVEN)]
    cells = pd.DataFrame({name: as_text(typed[name]) for name in typed})
    return cells.assign(opened=typed["opened"].dt.strftime("%d/%m/%Y"))


def test_given_sdtypes_decide_the_roles() -> None:
    spec, texts = adopt(_given_cells(), "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)
    assert [(str(column.role), column.kind) for column in spec.columns] == [
        ("identity", "key"),
        ("modelled", "categorical"),
        ("identity", "faker:company"),
        ("modelled", "numerical"),
        ("modelled", "datetime"),
    ]
    assert spec.columns[4].form == {"kind": "date", "pattern": "%d/%m/%Y"}
    pd.testing.assert_frame_equal(texts, _given_cells())


@pytest.mark.parametrize("extra", [{}, {"regex_format": "P[0-9]{7}"}])
@pytest.mark.parametrize("decide", [None, lambda findings, rows: findings])  # one table, one of several
def test_given_identifiers_have_the_form_that_is_learned_without_metadata(
    extra: dict[str, str], decide: Decide | None
) -> None:
    codes = [f"P{1_000_000 + row * 7_919_713 % 8_999_999}" for row in range(ROWS)]
    cells = _given_cells().assign(doc=codes, ref=[f"AX-{1_000 + row * 37 % 800}" for row in range(ROWS)])
    given = {**GIVEN, "doc": {"sdtype": "id", **extra}, "ref": {"sdtype": "id"}}
    spec, _ = adopt(cells, "bank", {"tables": {"bank": {"columns": given}}}, AS_OF, decide)
    found = {column.name: column for column in spec.columns}
    without = make_bank().assign(doc=codes, ref=cells["ref"])
    learned = {one.name: one for one in detect(without, "bank", AS_OF)[0].columns}
    assert (found["doc"].kind, found["doc"].is_unique) == ("code", True)
    assert found["doc"].options == learned["doc"].options == {"patterns": [r"P[1-9]\d{6}"]}
    assert (found["ref"].kind, found["ref"].options) == ("code", learned["ref"].options)


def test_given_identifiers_without_a_common_form_are_text() -> None:
    cells = _given_cells()
    cells["doc"] = [f"P{row}" if row < 3 else None for row in range(ROWS)]
    spec, _ = adopt(
        cells, "bank", {"tables": {"bank": {"columns": {**GIVEN, "doc": {"sdtype": "id"}}}}}, AS_OF
    )
    assert spec.columns[-1].kind in ("text", "key")


def test_words_for_missing_numbers_are_left_out_of_numbers_alone() -> None:
    cells = _given_cells()
    cells.loc[3, ["balance", "grade"]] = "NA"
    _, texts = adopt(cells, "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)
    assert texts.loc[3, ["balance", "grade"]].tolist() == [None, "NA"]


@pytest.mark.parametrize(
    ("column", "message"), [("balance", 'no number.*"x" in row 3'), ("opened", "no date in the form")]
)
def test_given_sdtype_that_the_values_break_is_refused(column: str, message: str) -> None:
    cells = _given_cells()
    cells.loc[2, column] = "x"
    with pytest.raises(MetadataError, match=message):
        adopt(cells, "bank", {"tables": {"bank": {"columns": GIVEN}}}, AS_OF)


def test_metadata_of_a_table_of_germans_keeps_them_german() -> None:
    fake = Faker("de_DE")
    fake.seed_instance(5)
    rng = np.random.default_rng(5)
    cells = pd.DataFrame(
        {
            "name": [fake.name() for _ in range(120)],
            "strasse": [fake.street_address() for _ in range(120)],
            "plz": [fake.postcode() for _ in range(120)],
            "tel": [f"+49 30 {number}" for number in rng.integers(10**6, 10**7, 120)],
            "umsatz": rng.gamma(3, 30, 120).round(2).astype(str),
        }
    )
    first, metadata = detect(infer_types(cells), "kunden", AS_OF)
    again, _ = adopt(cells, "kunden", metadata, AS_OF)
    described = [{one.name: (one.kind, one.options) for one in spec.columns} for spec in (first, again)]
    assert described[1]["strasse"][0] == "street_address"
    for name in ("name", "strasse", "plz", "tel"):
        assert described[1][name] == described[0][name]
