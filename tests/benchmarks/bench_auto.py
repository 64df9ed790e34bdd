"""`auto` on public tables: which synthesizer it takes, what its rows score, and its seconds.

Bank marketing (`BENCH_BANK`, or a stand-in whose columns are independent) and a census table where
`BENCH_CENSUS` names it, 10,000 rows to train and as many unseen ones, another split for each seed, on one
thread. Seconds are of CPU and hold the trials and the training of the winner. `BENCH_REFINEMENT_SEEDS` (3)
changes the effort.
"""

from __future__ import annotations

import time

from pipeline.models.choice import choose_synthesizer, make_candidate
from pipeline.models.training import fit_sampler
from pipeline.synthesizers.recipe import Recipe, torch_threads
from tests.benchmarks.bench_refinement import SEEDS, Goal, at_least, at_most
from tests.benchmarks.fits import describe_outcome
from tests.benchmarks.fitted_rows import load_libraries
from tests.benchmarks.judges import Likeness, Risk, draw_bounds, measure_likeness, measure_risk, take_medians
from tests.benchmarks.layout import tell_interval
from tests.benchmarks.subjects import Subject, list_sources

LEAST_QUALITY = {"bank marketing": 0.97}
LEAST_QUALITY_ELSEWHERE, MOST_AUC, MOST_S = 0.975, 0.55, 30.0


def main() -> None:
    """Print choice, scores and goals of each table that is not built in."""
    with torch_threads(1):
        load_libraries()
        for source in list_sources():
            if not source.is_builtin:
                found = [measure(source.split(seed), seed) for seed in range(SEEDS)]
                likeness, risk = (take_medians([one[place] for one in found]) for place in (0, 1))
                least = LEAST_QUALITY.get(source.title, LEAST_QUALITY_ELSEWHERE)
                print(f"{source.title}, medians of {SEEDS} seeds", flush=True)
                for goal in check_goals(likeness, risk, sorted(one[2] for one in found)[SEEDS // 2], least):
                    print(
                        f"  goal {goal.wanted}: {goal.reached}, {describe_outcome(goal.is_met)}", flush=True
                    )


def measure(subject: Subject, seed: int) -> tuple[Likeness, Risk, float]:
    """Choose, fit and score once; the seconds are of CPU."""
    recipe, started = Recipe("auto", seed=seed), time.process_time()
    choice = choose_synthesizer(subject.training, subject.columns, recipe)
    fit = fit_sampler(subject.training, subject.columns, make_candidate(recipe, choice.synthesizer))
    seconds = time.process_time() - started
    print(f"  seed {seed}: {choice.reason}", flush=True)
    table = fit.sampler.sample(len(subject.training), seed)
    bounds = draw_bounds(subject, seed)
    return measure_likeness(subject, table, bounds, seed), measure_risk(subject, table, seed), seconds


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
