"""Numbers, postcodes and gaps of the country of their row, whichever country that is."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.countries import is_of_country
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.phone_forms import has_own_form
from pipeline.datasets.spec import ColumnSpec, DatasetSpec, Role
from pipeline.evaluation.validity.check import check_validity
from pipeline.identity import derive
from tests.unit.datasets.detection.detection_cases import AS_OF
from tests.unit.identity.identity_cases import column, request

ROWS = 300
WORDS = np.resize(["Unknown", "XX", "Yugoslavia"], ROWS)


def mix(*codes: str) -> np.ndarray:
    return np.random.default_rng(5).choice(codes, ROWS)


def make(kind: str, countries: np.ndarray, **options: str) -> np.ndarray:
    rows = pd.DataFrame({"land": countries})
    return derive(request([column("x", kind, ["land"], **options)], rows))["x"]


def describe(**columns: object) -> tuple[DatasetSpec, dict[str, ColumnSpec]]:
    table = pd.DataFrame({**columns, "spend": np.arange(ROWS) / 4})
    spec, _ = detect(table, "t", AS_OF)
    return spec, {one.name: one for one in spec.columns}


def generate(spec: DatasetSpec, country: np.ndarray) -> dict[str, np.ndarray]:
    identities = [one for one in spec.columns if one.role is Role.IDENTITY]
    return derive(request(identities, pd.DataFrame({"country": country})))


@pytest.mark.parametrize("codes", [("ZA", "BW", "DE"), ("NG", "DE"), ("NA", "ZA", "KE", "VN")])
def test_telephone_numbers_of_any_country_are_of_that_of_their_row(codes: tuple[str, ...]) -> None:
    country = mix(*codes)
    spec, columns = describe(country=country, phone=make("phone_number", country, format="international"))
    assert columns["phone"].follows == ("country",)
    asked = mix(*codes)[::-1]
    made = generate(spec, asked)["phone"]
    assert all(is_of_country(text, "phone_number", code) for text, code in zip(made, asked, strict=True))


def test_a_country_without_ibans_has_its_telephone_numbers_and_no_others_lose_theirs() -> None:
    country = mix("ZA", "DE", "FR")
    ibans = np.where(country == "ZA", None, make("iban", np.where(country == "ZA", "DE", country)))
    phones = make("phone_number", country, format="international")
    spec, columns = describe(country=country, phone=phones, iban=ibans)
    assert columns["iban"].options["missing_by_country"] == {"DE": 0.0, "FR": 0.0, "ZA": 1.0}
    asked = mix("FR", "ZA", "DE")[::-1]
    made = generate(spec, asked)
    assert [text is None for text in made["iban"]] == (asked == "ZA").tolist()
    pairs = zip(made["iban"], made["phone"], asked, strict=True)
    assert all(text is None or is_of_country(text, "iban", code) for text, _, code in pairs)
    assert all(
        is_of_country(text, "phone_number", code) for text, code in zip(made["phone"], asked, strict=True)
    )


def test_gaps_that_are_alike_in_all_countries_are_told_of_none() -> None:
    country = mix("DE", "FR")
    ibans = np.where(np.arange(ROWS) % 4 == 0, None, make("iban", country))
    _, columns = describe(country=country, iban=ibans)
    assert columns["iban"].options["missing_share"] == 0.25
    assert "missing_by_country" not in columns["iban"].options


def test_postcodes_of_countries_without_a_table_have_the_form_of_their_own() -> None:
    country = mix("DE", "FR", "ZA", "SG")
    other = np.array([f"{2_000 + 7 * row:04d}" for row in range(ROWS)], dtype=object)
    longest = np.array([f"{100_003 + 977 * row:06d}" for row in range(ROWS)], dtype=object)
    known = make("postcode", np.where(np.isin(country, ["DE", "FR"]), country, "DE"))
    codes = np.where(country == "ZA", other, np.where(country == "SG", longest, known))
    spec, columns = describe(country=country, postcode=codes)
    assert (columns["postcode"].kind, columns["postcode"].follows) == ("postcode", ("country",))
    asked = mix("SG", "ZA", "DE")
    made = generate(spec, asked)["postcode"]
    widths = {"ZA": 4, "SG": 6, "DE": 5}
    assert all(re.fullmatch(rf"\d{{{widths[code]}}}", text) for text, code in zip(made, asked, strict=True))
    table = pd.DataFrame({"country": asked, "postcode": made, "spend": np.arange(ROWS) / 4})
    failed = {one.rule: one.failed for one in check_validity(table, spec, as_of=AS_OF, real=None).rules}
    assert (failed["postcode_form"], failed["postcode_in_country"]) == (0, 0)


@pytest.mark.parametrize("codes", [("DE", "FR"), ("DE", "FR", "GB", "US", "ES"), ("IN", "AU", "ZA")])
def test_domestic_numbers_have_the_form_of_the_country_of_their_row(codes: tuple[str, ...]) -> None:
    country = mix(*codes)
    spec, columns = describe(country=country, telephone=make("phone_number", country, format="domestic"))
    assert (columns["telephone"].follows, columns["telephone"].options["format"]) == (
        ("country",),
        "domestic",
    )
    asked = mix(*codes)[::-1]
    made = generate(spec, asked)["telephone"]
    assert not any(text.startswith("+") for text in made)
    assert all(has_own_form(text, code) for text, code in zip(made, asked, strict=True))


def test_domestic_numbers_of_one_country_do_not_follow_a_column_of_nationalities() -> None:
    phones = make("phone_number", np.full(ROWS, "FR"), format="domestic")
    _, columns = describe(nationality=mix("FR", "DE", "GB"), telephone=phones)
    assert columns["telephone"].follows == ()
    assert columns["telephone"].options["country"] == "FR"


def test_american_numbers_beside_states_are_american() -> None:
    phones = make("phone_number", np.full(ROWS, "US"), format="domestic")
    _, columns = describe(state=mix("CA", "DE", "IN", "AL", "AR", "NY"), telephone=phones)
    assert columns["telephone"].follows == ()


def test_called_numbers_beside_states_follow_none() -> None:
    phones = make("phone_number", np.full(ROWS, "US"), format="international")
    _, columns = describe(state=mix("CA", "NY", "TX", "WA", "OH"), telephone=phones)
    assert columns["telephone"].follows == ()


@pytest.mark.parametrize("known", [0.2, 0.45])
def test_rows_of_a_known_country_are_of_it_where_most_are_of_none(known: float) -> None:
    truth = mix("DE", "FR", "GB")
    country = np.where(np.random.default_rng(6).random(ROWS) < known, truth, WORDS)
    kinds = {"phone": "phone_number", "iban": "iban", "postcode": "postcode"}
    values = {name: make(kind, truth, format="international") for name, kind in kinds.items()}
    spec, columns = describe(country=country, **values)
    assert {columns[name].follows for name in kinds} == {("country",)}
    asked = np.where(np.arange(ROWS) % 2, mix("GB", "DE"), "Unknown")
    made = generate(spec, asked)
    for name, kind in kinds.items():
        pairs = zip(made[name][1::2], asked[1::2], strict=True)
        assert all(is_of_country(text, kind, code) for text, code in pairs)
