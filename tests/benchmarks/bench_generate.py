"""A warm `generate` of 10,000 Employee rows against SDV's own sample, alternating in one process.

SDV's side is what a team gets without the workbench: metadata detected by SDV from the raw sample,
`CTGANSynthesizer` fitted for one epoch (the epochs do not change the time of a sample), `sample(10_000)`.
Our side is the built-in dataset with a fitted model in memory: first sampling and assembling alone, then
the whole of `generate` to a CSV file with validity, quality and privacy measured.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch

from pipeline.generation.orders import GenerateOrder
from pipeline.models.store import ModelStore
from pipeline.settings import Settings
from pipeline.store.signing import Signer
from pipeline.workbench.workbench import Workbench
from tests.benchmarks.sdv_side import alternate, fit_upstream

ROWS = 10_000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


def main() -> None:
    """Print medians and ratios."""
    with tempfile.TemporaryDirectory() as home:
        workbench = Workbench(Settings(home=Path(home)))
        upstream = fit_upstream("employee")
        recipe = workbench.models.default_recipe(epochs=1)
        first = workbench.generate(GenerateOrder("employee", ROWS, recipe))
        fitted = ModelStore(Path(home) / "models", Signer(Path(home) / "secrets")).load(
            first.model.id, first.spec
        )

        def whole() -> None:
            done = workbench.generate(GenerateOrder("employee", ROWS, recipe, seed=1))
            workbench.exports.save(done, "csv", Path(home) / "employee.csv")

        seconds = alternate(
            ROUNDS,
            sdv=lambda: upstream.sample(num_rows=ROWS),
            sample=lambda: fitted.sample(first.order),
            whole=whole,
        )
        stages = workbench.generate(GenerateOrder("employee", ROWS, recipe, seed=2)).seconds
    _print_report(seconds, stages)


def _print_report(seconds: Mapping[str, float], stages: Mapping[str, float]) -> None:
    print(f"{ROWS:,} Employee rows, {ROUNDS} rounds, torch threads {torch.get_num_threads()}, medians")
    print(f"  SDV CTGANSynthesizer.sample              {seconds['sdv'] * 1000:8.0f} ms")
    for name, title in (
        ("sample", "sampling and assembling, warm"),
        ("whole", "generate to CSV with evidence"),
    ):
        print(f"  {title:<40} {seconds[name] * 1000:8.0f} ms   1/{seconds['sdv'] / seconds[name]:.0f}")
    print(f"  stages of one generate, seconds: {dict(stages)}")


if __name__ == "__main__":
    main()
