from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role, RuleSpec
from pipeline.errors import EvaluationError, ExportError, MetadataError
from pipeline.evaluation.validity.check import RULES, check_validity, require_valid
from pipeline.evaluation.validity.facts import license_formats, state_codes

AS_OF = date(2025, 6, 15)
CODE_OPTIONS = {"patterns": [r"\d{4}"], "check": "luhn", "scope": "digits", "scheme": "de.idnr"}


def spec_of(*rules: RuleSpec) -> DatasetSpec:
    names = dict.fromkeys(name for rule in rules for name in (rule.column, *rule.others))
    columns = tuple(ColumnSpec(name, Role.IDENTITY, "text") for name in names)
    return DatasetSpec("people", "People", "", "people", AS_OF, columns, rules=rules)


def failing(
    rule: str, cells: object, *, other: object = None, real: object = None, ssn: str = "valid", **options
) -> list:
    """The values that break a rule."""
    table = pd.DataFrame({"column": cells})
    if other is not None:
        table["other"] = other
    others = () if other is None else ("other",)
    real_table = None if real is None else pd.DataFrame({"column": real})
    spec = spec_of(RuleSpec(rule, "column", others, options))

    def search(rows: pd.DataFrame) -> list:
        result = check_validity(rows.reset_index(drop=True), spec, as_of=AS_OF, real=real_table, ssn=ssn)
        failed, half = result.rules[0].failed, len(rows) // 2
        # Every row of a small table is checked by itself as well; of a large one, those of parts that fail.
        if half and (failed or len(table) <= 300):
            found = search(rows.iloc[:half]) + search(rows.iloc[half:])
            assert failed == len(found)
            return found
        return rows["column"].tolist() * failed

    return search(table)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("person_name", ["Ann Lee", "José María Núñez", "Sean O'Brien", "Jean-Luc St. Clair"],
         ["", "Ann", "Ann 3rd", "Ann  Lee", "Ann Lee\n", "<b> x"]),
        ("email_form", ["a@b.co", "first.last+1@sub.example.org", "o'brien@example.com"],
         ["a", "@b.co", "a@b", "a..b@c.de", ".a@b.co", "a b@c.de", "a@-b.co", "x" * 65 + "@b.co"]),
        ("email_reserved_domain", ["a@example.com", "a@mail.example.org", "a@x.test", "a@b.INVALID"],
         ["a@gmail.com", "a@notexample.com", "a@example.com.evil.net", "a@test", "a@example.de", "plain"]),
        ("phone_reserved", ["(212) 555-0147", "+1 212-555-0199", "2125550100"],
         ["(212) 555-0247", "555-0147", "(112) 555-0147", "800-555-0147", "212 556 0147"]),
        ("us_address", ["4821 Alder Ridge Road, Fairmont Falls, TX 75201", "1 A St, Apt 2, B, NY 10001-1234"],
         ["Alder Road, Falls, TX 75201", "1 A St, B, ZZ 75201", "1 A St, B, TX 7520", "1 A St, TX 75201"]),
        ("zip_in_state", ["1 A St, B, TX 75201", "1 A St, B, NY 10001", "1 A St, B, DC 20001"],
         ["1 A St, B, TX 10001", "1 A St, B, CA 75201", "1 A St, B, ZZ 75201", "nowhere"]),
        ("luhn", ["4111111111111111", "378282246310005", "30569309025904"],
         ["4111111111111112", "4111-1111-1111-1111", "0", "41111111111111111111", "４111111111111111"]),
        ("iban_form", ["GB82WEST12345698765432", "DE89370400440532013000"],
         ["GB82WEST12345698765433", "gb82west12345698765432", "GB82 WEST 1234 5698 7654 32", ""]),
        ("date_format", ["2024-02-29", "9999-12-31"],
         ["2023-02-29", "2024-2-9", "29.02.2024", "2024-02-29 00:00", ""]),
    ],
)  # fmt: skip
def test_form_rules_tell_good_from_bad(rule: str, good: list[str], bad: list[str]) -> None:
    assert failing(rule, good + bad) == bad


def test_ssn_keeps_the_rules_of_the_ssa() -> None:
    good = ["123-45-6789", "001-01-0001", "899-99-9999"]
    bad = ["000-12-3456", "666-12-3456", "900-12-3456", "999-99-9999", "123-00-4567", "123-45-0000",
           "123456789", "12-345-6789"]  # fmt: skip
    assert failing("ssn_form", good + bad) == bad


def test_never_issued_ssn_is_in_no_range_that_any_office_issues() -> None:
    good = ["000-12-3456", "666-12-3456", "123-00-4567", "123-45-0000", "912-20-1234"]
    bad = ["123-45-6789", "912-70-1234", "912-93-1234", "912-05-1234", "text"]
    assert failing("ssn_form", good + bad, ssn="never_issued") == bad


def test_not_missing_counts_missing_and_blank_values() -> None:
    table = pd.DataFrame({"column": ["a", None, "", "  ", "b"]})
    result = check_validity(table, spec_of(RuleSpec("not_missing", "column")), as_of=AS_OF, real=None).rules[
        0
    ]
    assert (result.checked, result.failed, result.share_valid) == (5, 3, 0.4)


def test_missing_values_are_not_checked_by_other_rules() -> None:
    table = pd.DataFrame({"column": ["123-45-6789", None, "bad"]})
    result = check_validity(table, spec_of(RuleSpec("ssn_form", "column")), as_of=AS_OF, real=None).rules[0]
    assert (result.checked, result.failed, result.examples) == (2, 1, ("bad",))


def test_unique_counts_the_rows_that_repeat_an_earlier_one() -> None:
    table = pd.DataFrame({"column": ["a", "b", "a", "a", None, None]})
    result = check_validity(table, spec_of(RuleSpec("unique", "column")), as_of=AS_OF, real=None).rules[0]
    assert (result.checked, result.failed, result.examples) == (4, 2, ("a",))


def test_one_of_compares_by_text() -> None:
    assert failing("one_of", ["A+", "O-", "X", "a+"], values=["A+", "O-"]) == ["X", "a+"]
    assert failing("one_of", [1.0, 2.0, 3.0], values=[1, 2]) == [3.0]


def test_ranges_accept_their_ends_only() -> None:
    assert failing("integer_range", ["17", "18", "65", "66", "x", "20.5"], min=18, max=65) == [
        "17", "66", "x", "20.5"]  # fmt: skip
    assert failing("number_range", [0.49, 0.5, 1.5, 1.51, np.inf], min=0.5, max=1.5) == [0.49, 1.51, np.inf]
    assert failing("integer_range", [3, -4], min=0) == [-4]


def test_date_format_takes_dates_of_any_type_and_other_forms() -> None:
    assert failing("date_format", pd.to_datetime(["2024-01-01", "1990-05-05"])) == []
    assert failing("date_format", ["31.12.2024", "2024-12-31"], format="%d.%m.%Y") == ["2024-12-31"]


def test_birth_dates_are_checked_on_the_tables_date() -> None:
    good = ["2007-06-15", "1959-06-16"]
    bad = ["2007-06-16", "1959-06-15", "not a date"]
    assert failing("date_of_birth_range", good + bad, min_age=18, max_age=65) == bad
    dates = pd.to_datetime([*good, *bad[:2]])
    assert failing("date_of_birth_range", dates, min_age=18, max_age=65) == list(dates[2:])


def test_email_follows_the_name_of_its_row() -> None:
    names = ["Ann Lee", "José Núñez", "Sean O'Brien", "Dr. Ann Lee Jr.", "Anna An", "Ann Lee", "Ann Lee", ""]
    mails = ["ann.lee1@example.com", "jnunez@example.com", "s.o'brien7@example.com", "lee.ann@example.com",
             "anna.an@example.com", "bob.lee@example.com", "ann@lee.test", "x@example.com"]  # fmt: skip
    assert failing("email_follows_name", mails, other=names) == mails[5:]


def test_state_is_compared_between_address_and_code() -> None:
    addresses = ["1 A St, B, TX 75201", "1 A St, B, NY 10001"]
    assert failing("state_matches", addresses, other=["TX", "CA"]) == [addresses[1]]


def test_licence_has_the_format_of_the_state_in_its_row() -> None:
    licences = ["A1234567", "12345678", "A1234567", "WDL12AB34CD5", "12345678"]
    places = ["1 A St, B, CA 90001", "1 A St, B, TX 75201", "1 A St, B, TX 75201", "WA", "nowhere"]
    assert failing("license_format", licences, other=places) == [licences[2], licences[4]]


def test_every_state_has_a_licence_format() -> None:
    assert len(state_codes()) == 51
    assert set(license_formats()) == set(state_codes().tolist())


def test_card_number_belongs_to_the_network_of_its_row() -> None:
    cards = ["4111111111111111", "5555555555554444", "2221000000000009", "378282246310005",
             "6011111111111117", "3530111333300000", "30569309025904"]  # fmt: skip
    owners = ["Visa", "Mastercard", "Mastercard", "American Express", "Discover", "JCB", "Diners Club"]
    assert failing("card_network", cards, other=owners) == []
    spelled = ["VISA", "mastercard", "MC", "Amex", "DISCOVER", "jcb", "Diners"]
    assert failing("card_network", cards, other=spelled) == []
    assert failing("card_network", cards, other=[*owners[1:], owners[0]]) == [cards[0], *cards[2:]]
    wrong = ["411111111111111", "2721000000000000", "2220000000000000", "4111111111111111"]
    assert failing("card_network", wrong, other=["Visa", "Mastercard", "Mastercard", "Bank"]) == wrong


def test_cvv_has_the_length_of_the_network_of_its_row() -> None:
    codes = ["123", "1234", "1234", "123", "12a", "000"]
    owners = ["Visa", "American Express", "Visa", "American Express", "JCB", "Discover"]
    assert failing("cvv_length", codes, other=owners) == ["1234", "123", "12a"]


def test_expiry_lies_after_this_month_and_within_the_window() -> None:
    values = ["07/25", "06/30", "06/25", "07/30", "13/26", "7/26", "2026-07"]
    assert failing("expiry_window", values, max_months=60) == values[2:]


@pytest.mark.parametrize(
    ("as_of", "good", "bad"),
    [
        (date(2099, 12, 31), ["01/00", "12/04"], ["12/99", "01/05", "11/99"]),
        (date(1998, 6, 30), ["07/98", "12/99", "01/00", "06/03"], ["06/98", "07/03", "12/97"]),
        (date(2026, 1, 1), ["02/26", "01/31"], ["12/25", "01/06", "01/99"]),
    ],
)
def test_expiry_years_are_those_around_the_tables_date(as_of: date, good: list[str], bad: list[str]) -> None:
    rule = RuleSpec("expiry_window", "column", options={"max_months": 60})
    table = pd.DataFrame({"column": good + bad})
    result = check_validity(table, spec_of(rule), as_of=as_of, real=None).rules[0]
    assert result.failed == len(bad)
    assert check_validity(table[: len(good)], spec_of(rule), as_of=as_of, real=None).rules[0].failed == 0


@pytest.mark.parametrize(
    ("state", "licence"),
    [("KS", "K12345678"), ("KS", "123456789"), ("KS", "A1B2C"), ("WV", "AB12345"), ("WV", "A123456"),
     ("CO", "AB123"), ("CT", "991234567"), ("MO", "123A456789"), ("WA", "SMITHJ*123AB"), ("NY", "A1234567")],
)  # fmt: skip
def test_every_published_licence_format_is_accepted(state: str, licence: str) -> None:
    assert failing("license_format", [licence], other=[state]) == []


@pytest.mark.parametrize(
    "place", ["GA 39817", "NY 00501", "NY 06390", "TX 73301", "AR 75502", "DC 20052", "MA 05501", "PA 19255"]
)
def test_zip_codes_outside_the_block_of_their_state_are_accepted(place: str) -> None:
    assert failing("zip_in_state", [f"1 A St, B, {place}"]) == []


def test_real_values_are_found_despite_case_and_separators_and_never_shown() -> None:
    table = pd.DataFrame({"column": ["Ann.Lee@Example.com", "123456789", "new@example.com"]})
    real = pd.DataFrame({"column": ["ann.lee@example.com ", "123-45-6789", ""]})
    result = check_validity(table, spec_of(RuleSpec("not_real", "column")), as_of=AS_OF, real=real).rules[0]
    assert (result.checked, result.failed) == (3, 2)
    assert result.examples == ()


def test_examples_of_any_rule_leave_real_values_out() -> None:
    real = pd.DataFrame({"column": ["000-12-3456"]})
    table = pd.DataFrame({"column": ["000123456", "000-12-3457"]})
    result = check_validity(table, spec_of(RuleSpec("ssn_form", "column")), as_of=AS_OF, real=real).rules[0]
    assert (result.failed, result.examples) == (2, ("000-12-3457",))


def test_a_broken_rule_of_real_values_is_told_without_an_example() -> None:
    real = pd.DataFrame({"column": ["000-12-3456"]})
    validity = check_validity(real, spec_of(RuleSpec("not_real", "column")), as_of=AS_OF, real=real)
    with pytest.raises(ExportError, match=r"breaks rule not_real in 1 of 1 rows\. Hint"):
        require_valid(validity)


def test_not_real_checks_nothing_without_a_real_table() -> None:
    spec = spec_of(RuleSpec("not_real", "column"))
    result = check_validity(pd.DataFrame({"column": ["a"]}), spec, as_of=AS_OF, real=None).rules[0]
    assert (result.checked, result.failed) == (0, 0)


def test_empty_table_passes_every_rule() -> None:
    options = {"values": ["a"], "min_age": 1, "max_age": 2, "max_months": 60} | CODE_OPTIONS
    rules = [RuleSpec(name, "column", ("other",), options) for name in RULES]
    table = pd.DataFrame({"column": [], "other": []}, dtype=object)
    validity = check_validity(table, spec_of(*rules), as_of=AS_OF, real=table)
    assert validity.is_valid
    assert [rule.checked for rule in validity.rules] == [0] * len(RULES)


@pytest.mark.parametrize(
    "values", [[1, 2], [1.5, np.nan], [True, False], pd.to_datetime(["2024-01-01", None])]
)
def test_rules_survive_columns_that_are_not_text(values: object) -> None:
    options = {"values": ["a"], "min_age": 1, "max_age": 2, "max_months": 60} | CODE_OPTIONS
    rules = [RuleSpec(name, "column", ("other",), options) for name in RULES]
    table = pd.DataFrame({"column": values, "other": ["x", None]})
    validity = check_validity(table, spec_of(*rules), as_of=AS_OF, real=table)
    assert len(validity.rules) == len(RULES)
    assert not validity.is_valid


def test_require_valid_names_column_rule_count_and_examples() -> None:
    table = pd.DataFrame({"ssn": ["000-12-3456", "123-45-6789", "000-12-3456", "x", "y", "z"]})
    validity = check_validity(table, spec_of(RuleSpec("ssn_form", "ssn")), as_of=AS_OF, real=None)
    with pytest.raises(ExportError, match="5 of 6 rows, for example") as caught:
        require_valid(validity, "people")
    assert caught.value.message == (
        'Table "people" is not exported: column "ssn" breaks rule ssn_form in 5 of 6 rows, '
        'for example "000-12-3456", "x", "y".'
    )


def test_require_valid_says_how_many_rules_are_left_out() -> None:
    rules = [
        RuleSpec(name, "column") for name in ("ssn_form", "luhn", "iban_form", "us_address", "email_form")
    ]
    validity = check_validity(pd.DataFrame({"column": ["x"]}), spec_of(*rules), as_of=AS_OF, real=None)
    with pytest.raises(ExportError, match="2 more rules are broken"):
        require_valid(validity)


def test_require_valid_lets_a_valid_table_pass() -> None:
    table = pd.DataFrame({"ssn": ["123-45-6789"]})
    assert (
        require_valid(check_validity(table, spec_of(RuleSpec("ssn_form", "ssn")), as_of=AS_OF, real=None))
        is None
    )


def test_unknown_rule_is_a_metadata_error() -> None:
    with pytest.raises(MetadataError, match='rule "sparkle", which does not exist'):
        check_validity(pd.DataFrame({"c": []}), spec_of(RuleSpec("sparkle", "c")), as_of=AS_OF, real=None)


def test_rule_without_its_other_column_is_a_metadata_error() -> None:
    with pytest.raises(MetadataError, match="names no column to compare with"):
        check_validity(pd.DataFrame({"c": []}), spec_of(RuleSpec("cvv_length", "c")), as_of=AS_OF, real=None)


def test_rule_without_its_option_is_a_metadata_error() -> None:
    with pytest.raises(MetadataError, match='lacks the option "max_months"'):
        check_validity(
            pd.DataFrame({"c": ["07/25"]}), spec_of(RuleSpec("expiry_window", "c")), as_of=AS_OF, real=None
        )


def test_table_without_a_column_is_an_evaluation_error() -> None:
    with pytest.raises(EvaluationError, match='lacks the column "other"'):
        check_validity(
            pd.DataFrame({"c": ["1"]}),
            spec_of(RuleSpec("cvv_length", "c", ("other",))),
            as_of=AS_OF,
            real=None,
        )
