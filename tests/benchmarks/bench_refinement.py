"""The default recipe, stage by stage: HMA, upstream's CTGAN after it, ours, and ours refined.

Employee and PCI with their own holdout, bank marketing (`BENCH_BANK`, or a stand-in whose columns are
independent) and a census table where `BENCH_CENSUS` names it, 10,000 rows to train and as many unseen ones,
another split for each seed. CTGAN's epoch is chosen on a fifth of the training rows, so that unseen rows
are unseen. All on one thread; numbers are medians over seeds.

Quality stands at equal rows beside its floor (shuffled columns) and ceiling (unseen rows), all against the
training rows, and against the unseen rows; both are averaged over ten draws of rows where tables are small,
since 500 rows differ by 0.01 by chance. AUC is that of boosted trees in three folds (0.5: no difference). The
training rows themselves show what a perfect generator has. The floor consists of their very values, which
lifts it above what unrelated new rows reach: by 0.004 on Employee, more where it takes all training rows.
Seconds are of CPU and contain the stages before; those of refinement contain the measuring of the stages, as
in a training. `BENCH_REFINEMENT_SEEDS` (3) and `BENCH_EPOCHS` (70) change the effort.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

from pipeline.synthesizers.recipe import torch_threads
from tests.benchmarks.fits import describe_outcome
from tests.benchmarks.fitted_rows import FittedRows, draw_stages, load_libraries
from tests.benchmarks.judges import (
    Likeness,
    Risk,
    compare_with_unseen,
    draw_bounds,
    measure_likeness,
    measure_risk,
    take_medians,
)
from tests.benchmarks.layout import print_columns, tell, tell_interval
from tests.benchmarks.subjects import Source, Subject, list_sources

SEEDS = int(os.environ.get("BENCH_REFINEMENT_SEEDS", "3"))
EPOCHS = int(os.environ.get("BENCH_EPOCHS", "70"))
_REAL, _PLAIN, _REFINED = "training rows", "ctgan", "refined"

LEAST_SHARE, MOST_BUILTIN_AUC, MOST_TIMES = 0.98, 0.55, 2.0
LEAST_QUALITY, AIMED_QUALITY = 0.93, 0.955
MOST_AUC, AIMED_AUC = 0.88, 0.75

DrawStages = Callable[[Subject, int, int], list[FittedRows]]


@dataclass(frozen=True)
class Measured:
    """A stage in one seed, or medians over seeds; `risk` of the plain and the refined rows only."""

    likeness: Likeness
    risk: Risk | None = None
    fit_s: float | None = None
    candidates: float | None = None
    effective_share: float | None = None


@dataclass(frozen=True)
class Goal:
    """What was wanted in words, what was reached, and whether that will do."""

    wanted: str
    reached: str
    is_met: bool


def main() -> None:
    """Print the stages, the risks and the goals of each table."""
    with torch_threads(1):
        load_libraries()
        for source in list_sources():
            report(source)


def report(source: Source, draw: DrawStages = draw_stages) -> None:
    """Print what `draw` gives on one table."""
    seeds = []
    for seed in range(SEEDS):
        subject = source.split(seed)
        seeds.append(measure_seed(subject, draw(subject, EPOCHS, seed), seed))
    stages = {name: combine_seeds([one[name] for one in seeds]) for name in seeds[0]}
    print(
        f"{source.title}: {len(subject.training):,} rows to train, {len(subject.unseen):,} unseen, "
        f"{len(subject.columns)} columns; {EPOCHS} epochs, threads 1, medians of {SEEDS} seeds",
        flush=True,
    )
    _print_likeness(stages)
    _print_risks(stages)
    for goal in check_goals(stages, source.is_builtin):
        print(f"  goal {goal.wanted}: {goal.reached}, {describe_outcome(goal.is_met)}", flush=True)


def measure_seed(subject: Subject, stages: list[FittedRows], seed: int) -> dict[str, Measured]:
    """Measure the rows of each stage, and the training rows against the unseen ones."""
    bounds = draw_bounds(subject, seed)
    real = {_REAL: Measured(compare_with_unseen(subject, subject.training, seed))}
    return real | {
        stage.name: Measured(
            measure_likeness(subject, stage.table, bounds, seed),
            measure_risk(subject, stage.table, seed) if stage.name in (_PLAIN, _REFINED) else None,
            stage.fit_s,
            stage.record.candidates if stage.record else None,
            stage.record.effective_share if stage.record else None,
        )
        for stage in stages
    }


def combine_seeds(seeds: list[Measured]) -> Measured:
    """The median of every number."""
    risks = [one.risk for one in seeds if one.risk is not None]
    return Measured(
        take_medians([one.likeness for one in seeds]),
        take_medians(risks) if risks else None,
        *(
            _find_median([getattr(one, name) for one in seeds])
            for name in ("fit_s", "candidates", "effective_share")
        ),
    )


def check_goals(stages: Mapping[str, Measured], is_builtin: bool) -> list[Goal]:
    """The goals of a table; an AUC is the greater of that against training and against unseen rows."""
    refined, plain = stages[_REFINED], stages[_PLAIN]
    found, aucs = refined.likeness, (refined.likeness.training_auc, refined.likeness.unseen_auc)
    auc = None if None in aucs else max(aucs)
    if not is_builtin:
        return [
            at_least("quality against unseen rows", found.unseen_quality, LEAST_QUALITY, AIMED_QUALITY),
            at_most("greater AUC", auc, MOST_AUC, AIMED_AUC),
        ]
    return [
        at_least("share of the ceiling", found.share_of_ceiling, LEAST_SHARE),
        at_least("quality less its floor", found.over_floor, 0.0),
        at_most("greater AUC", auc, MOST_BUILTIN_AUC),
        at_most("times the seconds of ctgan unrefined", refined.fit_s / plain.fit_s, MOST_TIMES),
    ]


def at_least(what: str, value: float | None, least: float, aim: float | None = None) -> Goal:
    """A goal that a number reaches from below; one that was not measured misses it."""
    is_met = value is not None and value >= least
    return Goal(f"{what} ≥ {least:g}{_tell_aim(aim)}", _tell_reached(value), is_met)


def at_most(what: str, value: float | None, most: float, aim: float | None = None) -> Goal:
    """A goal that a number reaches from above; one that was not measured misses it."""
    is_met = value is not None and value <= most
    return Goal(f"{what} ≤ {most:g}{_tell_aim(aim)}", _tell_reached(value), is_met)


def _tell_reached(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.4f}"


def _tell_aim(aim: float | None) -> str:
    return "" if aim is None else f" (aim {aim:g})"


def _print_likeness(stages: Mapping[str, Measured]) -> None:
    header = ["stage", "quality", "floor", "ceiling", "of ceiling", "unseen quality"]
    header += ["AUC training", "AUC unseen", "fit, s", "candidates", "effective"]
    print_columns(header, [_tell_stage(name, stage) for name, stage in stages.items()])


def _tell_stage(name: str, stage: Measured) -> list[str]:
    found = stage.likeness
    return [
        name,
        *(tell(value) for value in (found.quality, found.floor, found.ceiling)),
        tell(found.share_of_ceiling, ".1%"),
        *(tell(value) for value in (found.unseen_quality, found.training_auc, found.unseen_auc)),
        tell(stage.fit_s, ".1f"),
        tell(stage.candidates, "g"),
        tell(stage.effective_share, ".1%"),
    ]


def _print_risks(stages: Mapping[str, Measured]) -> None:
    """Privacy of plain and refined rows; intervals are at three standard errors."""
    header = ["privacy", "nearer to training (0.5)", "membership (0.5)", "copies", "copies among unseen"]
    print_columns(header, [_tell_risk(name, one.risk) for name, one in stages.items() if one.risk])


def _tell_risk(name: str, risk: Risk) -> list[str]:
    nearer = tell_interval(risk.nearer, risk.nearer_low, risk.nearer_high)
    return [
        name,
        nearer,
        tell(risk.membership),
        tell(risk.copies, ".2%"),
        tell(risk.chance_copies, ".2%"),
    ]


def _find_median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


if __name__ == "__main__":
    main()
