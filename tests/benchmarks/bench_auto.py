"""`auto` on public tables: which synthesizer it takes, what its rows score, and its seconds.

Bank marketing (`BENCH_BANK`, or a stand-in whose columns are independent) and a census table where
`BENCH_CENSUS` names it, 10,000 rows to train and as many unseen ones, another split for each seed, on one
thread. Seconds are of CPU and hold the trials and the training of the winner. AUC is that of whole rows and,
as "columns", of rows whose columns were shuffled one by one in either table, which is what single columns
give away; "dependence" is the rest. Upstream's CTGAN after HMA, unrefined, stands beside it with as many
epochs as the default recipe (`BENCH_EPOCHS`, 70). `BENCH_REFINEMENT_SEEDS` (3) changes the effort.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pipeline.models.choice import choose_synthesizer, make_candidate
from pipeline.models.training import fit_sampler
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.bench_refinement import EPOCHS, SEEDS, Goal, at_least, at_most
from tests.benchmarks.fits import describe_outcome
from tests.benchmarks.fitted_rows import UPSTREAM, FittedRows, draw_upstream, load_libraries
from tests.benchmarks.judges import (
    Detected,
    Likeness,
    Risk,
    describe_judge,
    detect_both,
    draw_bounds,
    measure_likeness,
    measure_risk,
    take_medians,
)
from tests.benchmarks.layout import print_columns, tell, tell_interval
from tests.benchmarks.subjects import Source, Subject, list_sources

LEAST_QUALITY = {"bank marketing": 0.97}
LEAST_QUALITY_ELSEWHERE, MOST_AUC, MOST_S = 0.975, 0.55, 30.0


@dataclass(frozen=True)
class Found:
    """What one seed gave, or medians over seeds; `training` and `unseen` are what AUCs are made of."""

    likeness: Likeness
    risk: Risk
    training: Detected
    unseen: Detected
    seconds: float


def main() -> None:
    """Print choice, scores and goals of each table that is not built in."""
    with torch_threads(1):
        load_libraries()
        for source in list_sources():
            if not source.is_builtin:
                report(source)


def report(source: Source) -> None:
    """Print the choice of each seed, the AUCs by their parts, and the goals."""
    subjects = [source.split(seed) for seed in range(SEEDS)]
    found, upstream = (
        combine_seeds([score(subject, draw(subject, seed), seed) for seed, subject in enumerate(subjects)])
        for draw in (_draw_auto, _draw_upstream)
    )
    rows, columns = len(subjects[0].unseen), len(subjects[0].columns)
    print(f"{source.title}, medians of {SEEDS} seeds; AUC: {describe_judge(rows, columns)}", flush=True)
    print_beside({"auto": found, UPSTREAM: upstream})
    print_detected(found.training, found.unseen)
    least = LEAST_QUALITY.get(source.title, LEAST_QUALITY_ELSEWHERE)
    for goal in check_goals(found.likeness, found.risk, found.seconds, least):
        print(f"  goal {goal.wanted}: {goal.reached}, {describe_outcome(goal.is_met)}", flush=True)


def _draw_auto(subject: Subject, seed: int) -> FittedRows:
    """Choose and fit once."""
    recipe, started = Recipe("auto", seed=seed), time.process_time()
    choice = choose_synthesizer(subject.training, subject.columns, recipe)
    fit = fit_sampler(subject.training, subject.columns, make_candidate(recipe, choice.synthesizer))
    seconds = time.process_time() - started
    print(f"  seed {seed}: {choice.reason}", flush=True)
    return FittedRows("auto", fit.sampler.sample(len(subject.training), seed), seconds)


def _draw_upstream(subject: Subject, seed: int) -> FittedRows:
    return draw_upstream(subject, EPOCHS, seed)


def score(subject: Subject, rows: FittedRows, seed: int) -> Found:
    """Score rows once; the seconds are of CPU."""
    table = rows.table
    likeness = measure_likeness(subject, table, draw_bounds(subject, seed), seed)
    risk, fit_s = measure_risk(subject, table, seed), rows.fit_s or 0.0
    return Found(likeness, risk, *detect_both(subject, table, seed), fit_s)


def combine_seeds(found: Sequence[Found]) -> Found:
    """The median of every number."""
    return Found(
        take_medians([one.likeness for one in found]),
        take_medians([one.risk for one in found]),
        take_medians([one.training for one in found]),
        take_medians([one.unseen for one in found]),
        median(one.seconds for one in found),
    )


def print_beside(found: Mapping[str, Found]) -> None:
    """Each generator's likeness between floor and ceiling, AUCs, and seconds."""
    header = ["generator", "quality", "floor", "ceiling", "unseen quality", "AUC training", "AUC unseen", "s"]
    lines = []
    for name, one in found.items():
        like = one.likeness
        scores = (like.quality, like.floor, like.ceiling, like.unseen_quality)
        aucs = (one.training.rows, one.unseen.rows)
        lines.append([name, *map(tell, scores), *map(tell, aucs), tell(one.seconds, ".1f")])
    print_columns(header, lines)


def print_detected(training: Detected, unseen: Detected) -> None:
    """The AUCs against training and unseen rows, and what of them single columns and dependence give away."""
    lines = [
        [against, tell(one.rows), tell(one.columns), tell(one.dependence, "+.3f")]
        for against, one in (("training rows", training), ("unseen rows", unseen))
    ]
    print_columns(["against", "AUC", "columns", "dependence"], lines)


def check_goals(likeness: Likeness, risk: Risk, seconds: float, least_quality: float) -> list[Goal]:
    """What is wanted of `auto`, and whether it was reached."""
    aucs = (likeness.training_auc, likeness.unseen_auc)
    nearer = tell_interval(risk.nearer, risk.nearer_low, risk.nearer_high)
    is_held = risk.nearer_low is not None and risk.nearer_low <= 0.5 <= (risk.nearer_high or 0.0)
    return [
        at_least("quality against unseen rows", likeness.unseen_quality, least_quality),
        at_most("greater AUC", None if None in aucs else max(aucs), MOST_AUC),
        Goal("interval of rows nearer to training holds 0.5", nearer, is_held),
        at_most("seconds", seconds, MOST_S),
    ]
