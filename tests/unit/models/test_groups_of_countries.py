"""Accounts and telephones that come back in few rows are of the country of each of these."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.countries import is_of_country
from pipeline.datasets.detection.detect import detect
from pipeline.identity import IdentityRequest, derive
from pipeline.models.grouped_identity import derive_grouped
from pipeline.models.grouping import PartOfJob, group_rows
from pipeline.settings import IdentityOptions
from tests.unit.identity.identity_cases import column, request

ROWS = 400
AS_OF = date(2026, 7, 1)
CODES = np.resize(["DE", "FR", "GB", "PL", "ES"], ROWS)


def make(kind: str, **options: str) -> np.ndarray:
    asked = request(
        [column("x", kind, ["land"], True, range="any", **options)], pd.DataFrame({"land": CODES})
    )
    return derive(asked)["x"]


def repeat_in(country: str, values: np.ndarray) -> np.ndarray:
    """The values of which every second one of a country comes back in the next row of that country."""
    rows = np.flatnonzero(country == CODES)
    repeated = values.copy()
    repeated[rows[1::2]] = values[rows[::2][: len(rows[1::2])]]
    return repeated


def generate(table: pd.DataFrame, country: np.ndarray) -> dict[str, np.ndarray]:
    spec, _ = detect(table, "t", AS_OF)
    modelled = pd.DataFrame({"country": country, "amount": np.arange(len(country)) / 4})
    grouping = group_rows(spec, modelled, PartOfJob(3))
    identities = tuple(one for one in spec.columns if one.role == "identity")
    asked = IdentityRequest(identities, grouping.modelled, 3, AS_OF, IdentityOptions())
    assert {"iban"} <= {one.entity.name for one in grouping.groups}
    return {**derive_grouped(asked, grouping), "country": grouping.modelled["country"].to_numpy()}


@pytest.mark.parametrize("of_phones", ["", "FR"], ids=["accounts", "accounts_and_telephones"])
def test_what_comes_back_in_one_country_only_is_of_the_country_of_its_rows(of_phones: str) -> None:
    phones = make("phone_number", format="international")
    phones = repeat_in(of_phones, phones) if of_phones else phones
    table = pd.DataFrame(
        {
            "country": CODES,
            "iban": repeat_in("DE", make("iban")),
            "phone": phones,
            "amount": np.arange(ROWS) / 4,
        }
    )
    made = generate(table, np.random.default_rng(2).permutation(CODES))
    for name, kind in (("iban", "iban"), ("phone", "phone_number")):
        pairs = zip(made[name], made["country"], strict=True)
        assert all(is_of_country(text, kind, country) for text, country in pairs)
    assert len({*made["iban"]}) < ROWS


def test_accounts_are_kept_where_a_country_has_too_few_rows_for_one() -> None:
    table = pd.DataFrame(
        {"country": CODES, "iban": repeat_in("DE", make("iban")), "amount": np.arange(ROWS) / 4}
    )
    made = generate(table, np.array(["DE", "FR", "GB"]))
    assert len(made["iban"]) == 3
