"""Requests: the same seed, parts of a job, real values that must not appear, and what cannot be done."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.datasets.kinds import KINDS
from pipeline.errors import SamplingError
from pipeline.identity import derive
from pipeline.identity.address import state_names
from tests.unit.identity.identity_cases import NETWORKS, column, request

ROWS = 200
FRAME = pd.DataFrame(
    {
        "state": np.resize(state_names(), ROWS),
        "card_provider": np.resize(NETWORKS, ROWS),
        "gender": np.resize(["Female", "Male"], ROWS),
    }
)
UNIQUE_COLUMNS = (
    column("user_id", "user_id", is_unique=True),
    column("ssn", "ssn", is_unique=True),
    column("licence", "us_driver_license", ["state"], True),
    column("pan", "card_number", ["card_provider"], True),
    column("phone", "phone_number", is_unique=True),
    column("iban", "iban", is_unique=True),
    column("plate", "license_plate", is_unique=True),
    column("id", "key", is_unique=True, template="integer"),
    column("code", "key", is_unique=True, prefix="C-", width=6),
    column("ip", "faker:ipv4_address", is_unique=True),
    column("policy", "code", is_unique=True, patterns=[r"[A-Z]{2}-\d{6}"], check="luhn", scope="digits"),
    column("bic", "bic", is_unique=True, country="FR"),
    column("tax", "national_id", is_unique=True, scheme="de.idnr", form="## ### ### ###"),
)
EVERY_COLUMN = (
    *UNIQUE_COLUMNS,
    column("name", "person_name", ["gender"]),
    column("email", "email", ["name"], True),
    column("address", "us_address", ["state"]),
    column("cvv", "cvv", ["card_provider"]),
    column("note", "text", is_unique=True),
    column("employer", "faker:company"),
    column("street", "street_address", country="DE"),
    column("letter_to", "postal_address", country="GB"),
    column("last4", "tail", ["pan"], of="pan", width=4),
)


def unique_values(**options: Any) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in derive(request(UNIQUE_COLUMNS, **options)).items()}


def test_every_rule_is_covered_by_these_tests() -> None:
    made = {kind.name for kind in KINDS.values() if kind.generator and not kind.provider}
    assert made - {each.kind for each in EVERY_COLUMN} == {
        "first_name",
        "last_name",
        "empty",
        "city",
        "postcode",
    }


def test_columns_without_any_value_stay_empty() -> None:
    assert (
        derive(request([column("nothing", "empty", missing_share=1.0)], 3))["nothing"].tolist() == [None] * 3
    )


@pytest.mark.parametrize(
    ("rows", "real", "width"), [(100, [], 4), (8_000, [], 4), (8_000, [str(n) for n in range(1000, 9000)], 5)]
)
def test_keys_that_may_grow_get_as_many_digits_as_rows_need(rows: int, real: list[str], width: int) -> None:
    for options in ({"template": "integer"}, {"prefix": "BR-"}):
        columns = [column("id", "key", is_unique=True, width=4, grows=True, **options)]
        keys = derive(request(columns, rows, protected={"id": real}))["id"]
        assert len(set(keys.tolist())) == rows
        assert {len(str(key).removeprefix("BR-")) for key in keys} == {width}


def test_equal_requests_give_equal_values() -> None:
    first, second = derive(request(EVERY_COLUMN, FRAME)), derive(request(EVERY_COLUMN, FRAME))
    assert {name: list(values) for name, values in first.items()} == {
        name: list(values) for name, values in second.items()
    }


def test_another_seed_gives_other_values_in_every_column() -> None:
    first, second = (derive(request(EVERY_COLUMN, FRAME, seed=seed)) for seed in (1, 2))
    same = {name: float((first[name] == second[name]).mean()) for name in first}
    assert {name: share for name, share in same.items() if share > 0.05} == {}


def test_a_column_does_not_depend_on_the_columns_beside_it() -> None:
    alone = derive(request([UNIQUE_COLUMNS[1]], FRAME))["ssn"]
    assert list(alone) == unique_values(modelled=FRAME)["ssn"]


def test_values_are_texts_and_integer_keys_are_integers() -> None:
    for name, values in derive(request(EVERY_COLUMN, FRAME)).items():
        assert len(values) == ROWS
        assert values.dtype == (np.int64 if name == "id" else object)
        assert {type(value) for value in values.tolist()} == {int if name == "id" else str}


def test_parts_of_a_job_join_to_the_whole() -> None:
    whole = unique_values(modelled=FRAME)
    halves = [
        unique_values(modelled=FRAME[start : start + 100], first_row=start, total_rows=ROWS)
        for start in (0, 100)
    ]
    assert {name: halves[0][name] + halves[1][name] for name in whole} == whole
    assert {name: len(set(values)) for name, values in whole.items()} == dict.fromkeys(whole, ROWS)


def test_emails_and_notes_of_different_parts_never_collide() -> None:
    columns = [each for each in EVERY_COLUMN if each.name in {"name", "email", "note"}]
    parts = [
        derive(request(columns, FRAME[start : start + 100], first_row=start, total_rows=ROWS))
        for start in (0, 100)
    ]
    for name in ("email", "note"):
        assert len({*parts[0][name], *parts[1][name]}) == ROWS


def test_later_parts_draw_other_names() -> None:
    columns = [column("name", "person_name")]
    parts = [derive(request(columns, 100, first_row=start, total_rows=200))["name"] for start in (0, 100)]
    assert (parts[0] == parts[1]).mean() < 0.1


def test_real_values_never_appear() -> None:
    real = derive(request(EVERY_COLUMN, FRAME))
    forbidden = {
        name: values.astype(str) for name, values in real.items() if name not in {"name", "cvv", "last4"}
    }
    again = derive(request(EVERY_COLUMN, FRAME, protected=forbidden))
    shared = {name: len(set(values) & set(again[name].astype(str))) for name, values in forbidden.items()}
    assert shared == dict.fromkeys(forbidden, 0)
    assert all(len(set(again[each.name])) == ROWS for each in UNIQUE_COLUMNS)


@pytest.mark.parametrize(
    ("name", "spell"),
    [
        ("ssn", lambda value: value.replace("-", "")),
        ("licence", lambda value: " ".join(value).lower()),
        ("pan", lambda value: f"{value[:4]} {value[4:8]}-{value[8:]}"),
        ("phone", lambda value: f"+1 {value[1:4]}-{value[6:]}"),
        ("iban", lambda value: " ".join(value).lower()),
        ("plate", lambda value: value.replace("-", " ").lower()),
        ("email", str.upper),
        ("address", lambda value: f" {value.upper()} "),
        ("code", str.lower),
        ("user_id", str.lower),
        ("note", str.upper),
        ("employer", str.lower),
    ],
)
def test_real_values_in_another_spelling_never_appear(name: str, spell: Callable[[str], str]) -> None:
    columns = [each for each in EVERY_COLUMN if each.name in {name, "name"}]
    values = derive(request(columns, FRAME))[name]
    again = derive(request(columns, FRAME, protected={name: [spell(value) for value in values]}))[name]
    assert set(values) & set(again) == set()


def test_missing_real_values_are_ignored() -> None:
    protected = {"ssn": ["123-45-6789", None, np.nan]}
    assert len(derive(request([UNIQUE_COLUMNS[1]], 10, protected=protected))["ssn"]) == 10


def test_excluded_codes_leave_the_other_keys_in_order() -> None:
    codes = [column("code", "key", is_unique=True, prefix="C-", width=2)]
    free = list(derive(request(codes, 100))["code"])
    real = free[3:50:7]
    rest = derive(request(codes, 100 - len(real), protected={"code": real}))["code"]
    assert list(rest) == [value for value in free if value not in real]


def test_too_small_a_code_space_names_column_capacity_and_remedy() -> None:
    codes = [column("code", "key", is_unique=True, prefix="C-", width=2)]
    message = (
        r'Column "code" can hold 99 distinct values, but 100 rows need one\. Hint: raise the option `width`'
    )
    with pytest.raises(SamplingError, match=message):
        derive(request(codes, 100, protected={"code": ["C-17"]}))


def test_capacity_counts_the_rows_of_the_whole_job() -> None:
    columns = [column("licence", "us_driver_license", ["state"], True)]
    with pytest.raises(SamplingError, match="11,000,000 distinct values, but 12,000,000 rows"):
        derive(request(columns, pd.DataFrame({"state": ["AK"]}), total_rows=12_000_000))


def test_too_many_test_cards_point_to_the_wider_issuer_numbers() -> None:
    columns = [column("pan", "card_number", ["card_provider"], True)]
    with pytest.raises(SamplingError, match=r"set identity\.iin to network"):
        derive(request(columns, pd.DataFrame({"card_provider": ["Diners Club"]}), total_rows=10**8))


def test_columns_that_need_not_be_unique_may_outgrow_their_code_space() -> None:
    phones = derive(request([column("phone", "phone_number")], 40_000))["phone"]
    assert 15_000 < len(set(phones)) < 40_000


def test_integer_keys_count_up_past_real_ones() -> None:
    keys = [column("id", "key", is_unique=True, template="integer", width=4)]
    free = derive(request(keys, 50))["id"]
    skipped = derive(request(keys, 50, protected={"id": [str(free[0]), f"{free[2]}.0"]}))["id"]
    assert (free >= 1_000).all()
    assert (free <= 9_999).all()
    assert set(free) - set(skipped) == {free[0], free[2]}


@pytest.mark.parametrize("width", [1, 9, 18, 25])
def test_keys_have_their_prefix_and_width(width: int) -> None:
    keys = derive(request([column("id", "key", is_unique=True, prefix="AB#", width=width)], 9))["id"]
    assert {(key[:3], len(key), key[3:].isdigit()) for key in keys} == {("AB#", width + 3, True)}


def test_keys_of_no_digits_are_refused() -> None:
    with pytest.raises(SamplingError, match="cannot have 0 digits"):
        derive(request([column("id", "key", width=0)], 5))


def test_texts_have_the_usual_number_of_words() -> None:
    texts = derive(request([column("note", "text", words=8)], 2_000))["note"]
    assert np.mean([len(text.split()) for text in texts]) == pytest.approx(8, abs=0.3)


def one_word_texts(protected: list[str]) -> set[str]:
    columns = [column("note", "text", words=1)]
    return set(derive(request(columns, 3_000, protected={"note": protected}))["note"])


def test_a_real_text_is_drawn_again_where_few_are_possible() -> None:
    every = sorted(one_word_texts([]))
    assert one_word_texts(every[::2]) == set(every[1::2])


def test_texts_that_are_all_real_are_refused() -> None:
    every = sorted(one_word_texts([]))
    with pytest.raises(SamplingError, match='"note" repeatedly gave values of the real table'):
        one_word_texts(every)


def test_faker_pool_without_any_allowed_value_is_refused() -> None:
    countries = [column("sex", "faker:passport_gender")]
    with pytest.raises(SamplingError, match="each value"):
        derive(request(countries, 5, protected={"sex": ["M", "F", "X"]}))


def test_unique_faker_column_with_few_values_gets_numbers() -> None:
    values = derive(request([column("day", "faker:day_of_week", is_unique=True)], 100))["day"]
    assert len(set(values)) == 100
    assert {value.split()[0] for value in values} <= {f"{day}day" for day in
        ("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun")}  # fmt: skip


@pytest.mark.parametrize("provider", ["no_such_thing", "_private", "seed_instance"])
def test_unknown_faker_provider_is_refused(provider: str) -> None:
    with pytest.raises(SamplingError, match=f'no provider "{provider}"'):
        derive(request([column("x", f"faker:{provider}")], 5))


def test_columns_that_follow_each_other_are_refused() -> None:
    circle = [column("a", "person_name", ["b"]), column("b", "person_name", ["a"])]
    with pytest.raises(SamplingError, match="circle"):
        derive(request(circle, 5))


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(SamplingError, match='kind "shoe_size", for which there is no rule'):
        derive(request([column("x", "shoe_size")], 5))


def test_no_rows_give_empty_columns() -> None:
    derived = derive(request(EVERY_COLUMN, FRAME[:0]))
    assert {name: len(values) for name, values in derived.items()} == dict.fromkeys(derived, 0)


def test_gaps_are_as_many_as_the_real_column_has_and_do_not_reach_followers() -> None:
    columns = [column("name", "person_name", missing_share=0.3), column("mail", "email", ["name"])]
    table = derive(request(columns, 4_000))
    missing = np.array([value is None for value in table["name"]])
    assert missing.mean() == pytest.approx(0.3, abs=0.03)
    assert all(table["mail"])
    again = derive(request(columns, 4_000))
    assert again["name"].tolist() == table["name"].tolist()


def test_gaps_leave_whole_numbers_whole_and_unique_columns_without_a_repeat() -> None:
    columns = [
        column("number", "key", template="integer", width=7, missing_share=0.5),
        column("id", "key", is_unique=True, template="integer", width=7, missing_share=0.5),
    ]
    table = derive(request(columns, 200))
    assert {type(value) for value in table["number"]} == {int, type(None)}
    filled = [one for one in table["id"] if one is not None]
    assert len(filled) == pytest.approx(100, abs=25)
    assert len(set(filled)) == len(filled)


@pytest.mark.parametrize("length", [3, 7, 20, 200])
@pytest.mark.parametrize("is_unique", [True, False])
def test_no_text_is_longer_than_its_column(length: int, is_unique: bool) -> None:
    columns = [column("label", "text", is_unique=is_unique, words=3, length=length)]
    texts = derive(request(columns, 2_000, protected={"label": ["NOR", "SOU"]}))["label"]
    assert max(map(len, texts)) <= length
    assert not {"NOR", "SOU"} & set(texts)
    assert len(set(texts)) == 2_000 or not is_unique


def test_more_distinct_texts_than_their_length_allows_are_refused() -> None:
    with pytest.raises(SamplingError, match='"label"'):
        derive(request([column("label", "text", is_unique=True, length=1)], 27))
