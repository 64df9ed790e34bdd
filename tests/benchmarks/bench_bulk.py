"""Large tables against SDV's own sample, rows a second on one core, alternating in one process.

SDV's side: metadata that SDV detects, `CTGANSynthesizer` fitted for one epoch, `sample(10_000)` in memory.
Ours: one part of 50,000 rows from a fitted model to a Parquet file on disk, sampled, with identity columns,
every rule checked on every row, and looked up in the real rows. Then the parts of one table on one and on two
worker processes: with few parts, the start of a job counts more than its speed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import torch

from pipeline.generation.bulk.engine import run_on
from pipeline.generation.bulk.folder import Folder
from pipeline.generation.bulk.part import make_part
from pipeline.generation.bulk.part_context import open_part_context
from pipeline.generation.bulk.plan import Job, plan_parts
from pipeline.generation.bulk.spreading import local_cluster
from pipeline.generation.orders import PART_ROWS, BulkOrder
from pipeline.workbench.workbench import Workbench
from tests.benchmarks.fits import Wanted
from tests.benchmarks.sdv_side import alternate, fit_upstream

SDV_ROWS = 10_000
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
CLUSTER_PARTS = int(os.environ.get("BENCH_CLUSTER_PARTS", "60"))
TWO_WORKERS = Wanted(goal=1.6)
AS_OF = date(2026, 1, 31)


def main() -> None:
    """Print medians and ratios."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as home:
        os.environ["WORKBENCH_HOME"] = home
        workbench = Workbench()
        print(f"medians of {ROUNDS} rounds; SDV samples {SDV_ROWS:,} rows, a part has {PART_ROWS:,}")
        jobs = [_plan(workbench, dataset) for dataset in ("employee", "pci")]
        for job in jobs:
            _compare_with_sdv(job, Path(home) / "exports")
        for job in jobs:
            _compare_workers(replace(job, rows=PART_ROWS * CLUSTER_PARTS), Path(home))


def _plan(workbench: Workbench, dataset: str) -> Job:
    """A job of one part as `bulk` plans it, its model trained and its part made."""
    out = f"{workbench.settings.state_folder}/exports/{dataset}"
    done = workbench.bulk.make(BulkOrder(dataset, PART_ROWS, out, as_of=AS_OF))
    request = Folder(done.out).read_json("_parts/request.json")
    assert request is not None
    return Job.from_dict(request)


def _compare_with_sdv(job: Job, exports: Path) -> None:
    upstream = fit_upstream(job.dataset)
    part_context, part, names = open_part_context(job), next(plan_parts(job)), count()

    def ours() -> None:
        make_part(part_context, job, part, Folder(str(exports / f"{job.dataset}-one-{next(names)}")))

    seconds = alternate(ROUNDS, sdv=lambda: upstream.sample(num_rows=SDV_ROWS), ours=ours)
    sdv, made = SDV_ROWS / seconds["sdv"], PART_ROWS / seconds["ours"]
    print(f"  {job.dataset:<9} SDV {sdv:8,.0f} rows/s   bulk {made:8,.0f} rows/s   ratio {made / sdv:5.1f}")


def _compare_workers(job: Job, home: Path) -> None:
    names = count()
    with local_cluster(1, home) as one, local_cluster(2, home) as two:

        def make_all(client: Any) -> Callable[[], object]:
            return lambda: run_on(
                client, job, Folder(str(home / "exports" / f"{job.dataset}-all-{next(names)}"))
            )

        make_all(one)()
        make_all(two)()
        seconds = alternate(ROUNDS, one=make_all(one), two=make_all(two))
    one_s, two_s = seconds["one"], seconds["two"]
    ratio = one_s / two_s
    print(
        f"  {job.dataset:<9} {job.parts} parts: 1 worker {one_s:.2f} s, 2 workers {two_s:.2f} s, "
        f"ratio {ratio:.2f}{TWO_WORKERS.describe(ratio)}"
    )


if __name__ == "__main__":
    main()
