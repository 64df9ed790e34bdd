"""Cards keep network, length and separators, security codes their width, and last digits their card."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stdnum import luhn

from pipeline.datasets.detection.detect import detect
from pipeline.datasets.payment_cards import card_forms, learn_card, learn_security_code, network_shares
from pipeline.datasets.spec import DatasetSpec
from pipeline.errors import MetadataError, SamplingError
from pipeline.evaluation.validity.check import check_validity
from pipeline.identity import derive
from tests.unit.identity.identity_cases import column, request

ROWS = 240
RNG = np.random.default_rng(6)


def card(start: str, length: int, form: str = "") -> str:
    body = start + "".join(map(str, RNG.integers(0, 10, length - 1 - len(start))))
    digits = iter(body + luhn.calc_check_digit(body))
    return re.sub("#", lambda _: next(digits), form) if form else "".join(digits)


TABLE = pd.DataFrame(
    {
        "visa": [card("4", 16) for _ in range(ROWS)],
        "mc": [card("52", 16, "####-####-####-####") for _ in range(ROWS)],
        "amex": [card("37", 15, "#### ###### #####") for _ in range(ROWS)],
        "cvc": [f"{number:03d}" for number in RNG.integers(0, 1_000, ROWS)],
        "amount": RNG.lognormal(3, 1, ROWS).round(2),
    }
)
TABLE["last4"] = TABLE["mc"].str[-4:]
TABLE["shown"] = "**** " + TABLE["visa"].str[-4:]
FORMS = {
    "visa": r"4\d{15}", "mc": r"5[1-5]\d\d(-\d{4}){3}", "amex": r"3[47]\d\d \d{6} \d{5}", "cvc": r"\d{3}",
    "last4": r"\d{4}", "shown": r"\*{4} \d{4}",
}  # fmt: skip


@pytest.fixture(scope="module")
def spec() -> DatasetSpec:
    return detect(TABLE, "cards")[0]


@pytest.fixture(scope="module")
def made(spec: DatasetSpec) -> pd.DataFrame:
    columns = [one for one in spec.columns if one.name != "amount"]
    return pd.DataFrame(derive(request(columns, ROWS, protected={name: TABLE[name] for name in FORMS})))


@pytest.mark.parametrize("name", FORMS)
def test_new_cards_look_like_those_of_their_column(made: pd.DataFrame, name: str) -> None:
    assert [text for text in made[name] if not re.fullmatch(FORMS[name], text)] == []


def test_new_cards_are_valid_and_none_is_real(made: pd.DataFrame) -> None:
    for name in ("visa", "mc", "amex"):
        assert all(luhn.is_valid(re.sub(r"\D", "", text)) for text in made[name])
        assert not set(made[name]) & set(TABLE[name])


def test_last_digits_are_those_of_the_new_card(spec: DatasetSpec, made: pd.DataFrame) -> None:
    assert {one.name: one.kind for one in spec.columns if one.kind == "tail"} == {
        "last4": "tail", "shown": "tail",
    }  # fmt: skip
    assert (made["last4"] == made["mc"].str[-4:]).all()
    assert (made["shown"].str[-4:] == made["visa"].str[-4:]).all()


def test_cards_with_separators_pass_the_rule_of_their_check_digit(spec: DatasetSpec) -> None:
    passed = check_validity(TABLE, spec, as_of=spec.as_of, real=None)
    assert all(result.failed == 0 for result in passed.rules)
    wrong = TABLE.assign(mc=TABLE["mc"].str[:-1] + ((TABLE["mc"].str[-1].astype(int) + 1) % 10).astype(str))
    failed = check_validity(wrong, spec, as_of=spec.as_of, real=None)
    assert [(one.rule, one.failed) for one in failed.rules if one.failed] == [("luhn", ROWS)]


def test_last_digits_of_which_one_is_of_another_card_are_codes() -> None:
    other = TABLE.assign(last4=["0000", *TABLE["last4"][1:]], shown="")
    assert detect(other, "cards")[0].columns[5].kind == "code"


def test_networks_are_shared_by_cards_and_their_codes() -> None:
    networks = {"Visa": 0.5, "American Express": 0.5}
    columns = [column("pan", "card_number", networks=networks), column("cvv", "cvv", networks=networks)]
    made = pd.DataFrame(derive(request(columns, 400)))
    assert (made["cvv"].str.len() == np.where(made["pan"].str.startswith("3"), 4, 3)).all()
    assert made["pan"].str.startswith("4").mean() == pytest.approx(0.5, abs=0.1)


def test_networks_and_forms_are_learned_from_numbers_alone() -> None:
    texts = ["4111 1111 1111 1111", "4111 1111 1111 1112", "5105105105105100", "378282246310005"]
    assert network_shares(texts) == {"Visa": 0.5, "Mastercard": 0.25, "American Express": 0.25}
    assert card_forms(texts) == ["#### #### #### ####"]
    assert learn_card(["6304000000000000"] * 3) is None
    assert learn_security_code(["007", "7"]) == {}
    assert learn_security_code(["0071", "1234"]) == {"width": 4}


def test_an_unknown_network_is_named() -> None:
    with pytest.raises(SamplingError, match='asks for cards of "Maestro"'):
        derive(request([column("pan", "card_number", networks={"Maestro": 1.0})], 5))


def test_a_column_that_is_made_an_end_without_its_identifier_is_refused(tmp_path: Path) -> None:
    from pipeline.settings import Settings
    from pipeline.workbench.workbench import Workbench

    TABLE.to_csv(tmp_path / "cards.csv", index=False)
    datasets = Workbench(Settings(home=tmp_path / "home")).datasets
    datasets.add("cards", [tmp_path / "cards.csv"])
    with pytest.raises(MetadataError, match='"cvc" is the end of "", which is not derived with it'):
        datasets.change_columns("cards", ["cvc.kind=tail"])
    assert {one.name: one.kind for one in datasets.describe_columns("cards")}["cvc"] == "cvv"


def test_the_end_of_a_column_that_is_not_derived_is_refused() -> None:
    with pytest.raises(SamplingError, match='is the end of "card", which is not derived with it'):
        derive(request([column("last4", "tail", of="card", width=4)], 5))
