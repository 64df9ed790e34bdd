"""What attacks find of people's numbers in each synthesizer: in its errors, its draws and what it stores.

Hits are guesses that are the value of fewer than ten training rows; "by chance" those that are the value of
as many unseen rows of the same people, which nothing learned. `BENCH_ATTACK_DRAWS` (2,000,000 rows of the
quick ones, a tenth of the others) and `BENCH_ATTACK_CALLS` (400 for each column) change the effort, and
`BENCH_ATTACKED` names the synthesizers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pipeline.synthesizers import SYNTHESIZERS
from pipeline.synthesizers.hma import sample_initial
from pipeline.synthesizers.protocol import Sampler
from tests.attacked_tables import (
    COLUMNS,
    Attacked,
    attack_draws,
    attack_errors,
    attack_stored,
    draw_many,
    fit_attacked,
    make_attacked,
)
from tests.attacks import Outcome
from tests.benchmarks.layout import print_columns

DRAWS = int(os.environ.get("BENCH_ATTACK_DRAWS", "2000000"))
CALLS = int(os.environ.get("BENCH_ATTACK_CALLS", "400"))
_REFINED = " refined"
NAMES = os.environ.get("BENCH_ATTACKED", ",".join((*SYNTHESIZERS, f"gaussian_copula{_REFINED}"))).split(",")
_ROWS, _EPOCHS = 2_000, 20
_QUICK = ("autoregressive", "ctgan")


def main() -> None:
    """Print what each attack finds of each synthesizer, all columns together."""
    data = make_attacked(_ROWS)
    initial = sample_initial(data.training, COLUMNS, DRAWS // 10, seed=1)
    lines = [_describe("HMA", "draws", attack_draws(initial, data))]
    for name in NAMES:
        model = fit_attacked(name.removesuffix(_REFINED), data.training, _EPOCHS, name.endswith(_REFINED))
        lines += _attack(name, model, data)
    print_columns(["synthesizer", "attack", "guesses", "hits", "by chance", "leak"], lines)


def _attack(name: str, model: Sampler, data: Attacked) -> list[list[str]]:
    rows = DRAWS if name in _QUICK else DRAWS // 10
    return [
        _describe(name, "errors", attack_errors(model, data, CALLS)),
        _describe(name, "draws", attack_draws(draw_many(model, rows), data)),
        _describe(name, "stored", attack_stored(model, data)),
    ]


def _describe(name: str, attack: str, found: Mapping[str, Outcome]) -> list[str]:
    outcomes = list(found.values())
    together = sum(outcomes[1:], outcomes[0])
    numbers = (together.guesses, together.hits, together.by_chance)
    return [name, attack, *(f"{number:,}" for number in numbers), "yes" if together.is_leak else "no"]


if __name__ == "__main__":
    main()
