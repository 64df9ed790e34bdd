"""Rules that are proposed, confirmed, added and removed; and the recipe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.datasets.related.dataset import RelatedDataset
from pipeline.datasets.related.schema import RelatedSchema
from pipeline.datasets.rules.text import print_rule
from pipeline.errors import DataError, MetadataError, RecipeError
from pipeline.evaluation.related.reference import RelatedReference
from pipeline.models.related.proposing import edit_rules, propose
from pipeline.models.related.recipe import AUTOREGRESSIVE, HMA, RelatedRecipe
from tests.small_bank import BOOKINGS, RULES


def _list(schema: RelatedSchema) -> list[str]:
    return [print_rule(one, schema) for one in schema.rules]


def test_what_holds_in_every_row_is_proposed_and_not_yet_kept(
    dataset: RelatedDataset, reference: RelatedReference
) -> None:
    found = propose(dataset, reference)
    assert {"accounts.opened >= customers.joined", "count(accounts.movements, bookings)"} <= set(_list(found))
    assert {one.is_confirmed for one in found.rules} == {False}
    rows = {print_rule(one, found): one.rows for one in found.rules}
    assert rows["business_day(bookings.date)"] == BOOKINGS


def test_a_rule_that_is_kept_is_not_proposed_again(
    dataset: RelatedDataset, ruled: RelatedDataset, reference: RelatedReference
) -> None:
    texts = _list(propose(ruled, reference))
    assert len(texts) == len(set(texts))
    assert len(ruled.schema.rules) == len(RULES)


def test_rules_are_added_once_and_removed(ruled: RelatedDataset, reference: RelatedReference) -> None:
    twice = edit_rules(ruled, reference, RULES[:1], ())
    assert len(twice.rules) == len(RULES)
    fewer = edit_rules(ruled, reference, (), ("accounts.closed >= accounts.opened",))
    assert "accounts.closed >= accounts.opened" not in _list(fewer)
    assert len(fewer.rules) == len(RULES) - 1


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("bookings.amount >= 0", DataError, r'breaks "bookings.amount >= 0" in \d+ of 200 rows'),
        ("bookings.total >= 0", MetadataError, "total"),
        ("sum(bookings.amount)", MetadataError, 'no rule "sum"'),
    ],
)
def test_a_rule_that_does_not_hold_or_cannot_be_read_is_refused(
    dataset: RelatedDataset, reference: RelatedReference, text: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        edit_rules(dataset, reference, (text,), ())


def test_a_rule_that_is_not_there_cannot_be_removed(
    dataset: RelatedDataset, reference: RelatedReference
) -> None:
    with pytest.raises(DataError, match="There is no rule"):
        edit_rules(dataset, reference, (), ("business_day(bookings.date)",))


def test_a_rule_that_decides_what_is_derived_is_not_proposed(
    dataset: RelatedDataset, reference: RelatedReference
) -> None:
    found = propose(replace(dataset, schema=replace(dataset.schema, rules=())), reference)
    assert not [text for text in _list(found) if "booking_id" in text.split(" ")[0]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"synthesizer": "ctgan"}, "does not learn several tables"),
        ({"epochs": 0}, "sets epochs to 0"),
        ({"epochs": True}, "sets epochs to True"),
        ({"seed": -1}, "sets seed to -1"),
        ({"threads": 1.5}, "sets threads to 1.5"),
    ],
)
def test_a_recipe_out_of_range_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        RelatedRecipe(**values)  # type: ignore[arg-type]


def test_hma_has_no_epochs() -> None:
    assert RelatedRecipe(HMA, epochs=5) == RelatedRecipe(HMA, epochs=9)
    assert RelatedRecipe(AUTOREGRESSIVE, epochs=5) != RelatedRecipe(AUTOREGRESSIVE, epochs=9)
