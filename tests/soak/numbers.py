"""The attacks on numbers, for every synthesizer, each against chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.hma import sample_initial
from tests.attacked_tables import (
    COLUMNS,
    STEPS,
    attack_draws,
    attack_errors,
    attack_stored,
    draw_many,
    fit_attacked,
    make_attacked,
    move_outermost,
)
from tests.attacks import Outcome
from tests.soak.lines import Line

REFINED = "gaussian_copula, refined"
NAMES = (*SYNTHESIZERS, REFINED)
_ROWS, _OUTLIER_ROWS, _EPOCHS = 2_000, 300, 2
_QUICK = ("autoregressive", "ctgan")


def attack(calls: int, draws: int) -> Iterator[Line]:
    """Four attacks on each synthesizer; of slow ones a tenth of the rows is drawn."""
    data = make_attacked(_ROWS)
    yield _tell("HMA", "gaps", attack_draws(sample_initial(data.training, COLUMNS, draws // 10, 1), data))
    for name in NAMES:
        kind, is_refined = name.partition(",")[0], name == REFINED
        model = fit_attacked(kind, data.training, _EPOCHS, is_refined)
        rows = draws if name in _QUICK else draws // 10
        yield _tell(name, "hints", attack_errors(model, data, calls))
        yield _tell(name, "gaps", attack_draws(draw_many(model, rows), data))
        yield _tell(name, "stored", attack_stored(model, data))
        yield _tell_outlier(name, kind, is_refined)


def _tell(name: str, attack: str, found: Mapping[str, Outcome]) -> Line:
    outcomes = list(found.values())
    all_of = sum(outcomes[1:], outcomes[0])
    measured = f"{all_of.hits:,} of {all_of.guesses:,}"
    return Line("numbers", f"{name}: {attack}", measured, f"chance: {all_of.by_chance:,}", not all_of.is_leak)


def _tell_outlier(name: str, kind: str, is_refined: bool) -> Line:
    """Columns whose drawn rows tell how far the outermost real row lies."""
    table = make_attacked(_OUTLIER_ROWS, seed=4).training
    drawn: list[pd.DataFrame] = [
        fit_attacked(kind, move_outermost(table, times), _EPOCHS, is_refined).sample(400, 5)
        for times in (1, 2)
    ]
    moved = sum(not drawn[0][column].equals(drawn[1][column]) for column in STEPS)
    return Line("numbers", f"{name}: outlier", f"{moved} columns", "0 columns", moved == 0)
