"""Foreign keys that share a column: kept where it comes from one place, never guessed or accepted else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.integration.conftest import Command, Refusal


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """Cards of accounts by their numbers in these, and payments with them, which are numbered from 1 on."""
    rng = np.random.default_rng(3)
    pairs = [(account, number, rng.choice(["v", "m"])) for account in range(1, 61) for number in (1, 2)]
    held = pd.DataFrame(pairs, columns=["account_id", "card_no", "brand"])
    paid = held.sample(200, replace=True, random_state=4)[["account_id", "card_no"]].reset_index(drop=True)
    paid.insert(0, "rid", range(200))
    paid["amount"] = rng.integers(1, 50, 200)
    folder = tmp_path / "in"
    folder.mkdir()
    held.to_csv(folder / "cards.csv", index=False)
    paid.to_csv(folder / "payments.csv", index=False)
    return folder


WIDE, NARROW = "payments.account_id+card_no -> cards.account_id+card_no", "payments.card_no -> payments.rid"


def _list_keys(command: Command, name: str) -> list[str]:
    schema = command("columns", name)["schema"]
    return sorted(f"{one['child']}.{'+'.join(one['columns'])}" for one in schema["relations"])


def test_a_guess_that_clashes_with_a_key_of_several_columns_is_left_out(
    command: Command, cards: Path
) -> None:
    command("add", "cards_guessed", cards, "--key", "payments=rid")
    assert _list_keys(command, "cards_guessed") == ["payments.account_id+card_no"]


def test_a_guess_that_clashes_with_a_key_that_is_given_is_left_out(command: Command, cards: Path) -> None:
    command("add", "cards_given", cards, "--relation", NARROW)
    assert _list_keys(command, "cards_given") == ["payments.card_no"]


def test_two_keys_that_take_a_column_from_two_places_are_refused(refusal: Refusal, cards: Path) -> None:
    said = refusal("add", "cards_set", cards, "--relation", WIDE, "--relation", NARROW)
    assert 'share the column "card_no", which would have to be in cards.card_no and in payments.rid' in said
    assert "--no-relation payments.card_no" in said
