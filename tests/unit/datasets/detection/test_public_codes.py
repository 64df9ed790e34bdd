"""Few codes in many rows each are categories under any name; persons and accounts never are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.detection.columns import detect_column
from pipeline.datasets.detection.detect import detect
from pipeline.datasets.spec import Role
from tests.unit.datasets.detection.detection_cases import AS_OF

ROWS = 1_000
ISINS = ("DE0007164600", "US0378331005", "FR0000120271", "GB00B03MLX29", "CH0012005267", "DE0007236101")
PUBLIC = {
    "isin": ISINS[:4],
    "security_id": ISINS,
    "bic": ("DEUTDEFF", "COBADEFFXXX", "BNPAFRPP", "HBUKGB4B"),
    "currency": ("EUR", "USD", "GBP", "CHF"),
    "mcc": ("5411", "5812", "6011", "4111"),
    "wkn": ("716460", "865985", "850727", "A0D655"),
    "lei": ("5493001KJTIIGC8Y1R12", "529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86"),
}
PERSONAL = {
    "account_no": ("12345678", "87654321", "11223344", "55667788"),
    "ssn": ("123-45-6789", "223-45-6789", "323-45-6789", "423-45-6789"),
    "card_number": ("4111111111111111", "5500005555555559", "4012888888881881"),
    "holder_name": ("Anna Berg", "Karl Meier", "Eva Lang"),
    "iban": ("DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"),
    "customer_ref": ("KX-20417", "KX-99120", "KX-51238"),
}


def draw(values: tuple[str, ...], rows: int = ROWS) -> pd.Series:
    return pd.Series(np.random.default_rng(6).choice(np.array(values, dtype=object), rows))


@pytest.mark.parametrize("name", PUBLIC)
def test_few_public_codes_in_many_rows_each_are_categories(name: str) -> None:
    finding = detect_column(name, draw(PUBLIC[name]))
    assert (finding.role, finding.kind) == (Role.MODELLED, "categorical")


@pytest.mark.parametrize("name", PERSONAL)
def test_few_persons_and_accounts_stay_protected(name: str) -> None:
    assert detect_column(name, draw(PERSONAL[name])).role is Role.IDENTITY


def test_securities_that_many_rows_tell_apart_are_identifiers() -> None:
    codes = tuple(f"DE{number:010d}" for number in np.random.default_rng(1).integers(10**9, 10**10, 200))
    assert detect_column("isin", draw(codes)).role is Role.IDENTITY


def test_few_account_numbers_keep_their_form() -> None:
    table = pd.DataFrame({"account_no": draw(PERSONAL["account_no"]), "amount": np.arange(ROWS) / 7})
    column = detect(table.assign(account_no="K-" + table["account_no"]), "t", AS_OF)[0].columns[0]
    assert (column.kind, column.options["patterns"]) == ("code", [r"[A-Z]-\d{8}"])
