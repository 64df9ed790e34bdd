"""What a workbench in use holds: models, and many runs that are over."""

from __future__ import annotations

import secrets
import time
from datetime import timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import select

from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.settings import RunLimits, Settings
from pipeline.store.tables import RUNS
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.workbench import Workbench

MODELS = 12
RUNS_OF_CLIENT = 10
HEARTBEAT_S = 5.0
PATIENCE_S = 300.0
ENDLESS = Recipe("ctgan", epochs=9_000, use_hma=False, refine=False)


@cache
def open_scene(home: Path) -> Workbench:
    """The workbench of a state folder, for the user of the machine; opened once."""
    return Workbench(Settings(home=home, runs=RunLimits(heartbeat_s=HEARTBEAT_S)))


def make_recipe(seed: int) -> Recipe:
    """A small recipe, the same that clients of the load ask for where `seed` is 0."""
    return Recipe("autoregressive", epochs=1, use_hma=False, seed=seed)


def fill(home: Path, owners: list[str], models: int = MODELS) -> None:
    """Train models, generate one table, and copy its run and that of a training for every owner."""
    workbench = open_scene(home)
    for seed in range(models):
        workbench.runs.perform(TrainOrder("employee", make_recipe(seed)))
    workbench.runs.perform(GenerateOrder("employee", 1_000, make_recipe(0), seed=5))
    database = workbench.context.stores.database
    with database.begin() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(RUNS))]
        for place, owner in enumerate(owners):
            for number in range(RUNS_OF_CLIENT):
                row = rows[(place + number) % len(rows)]
                back = timedelta(minutes=place * RUNS_OF_CLIENT + number)
                changed = {"id": secrets.token_hex(8), "owner": owner, "source": "web"}
                changed |= {"created_at": row["created_at"] - back}
                connection.execute(RUNS.insert().values({**row, **changed}))


def order_endless(home: Path) -> str:
    """Order a training that lasts as long as anybody looks; the id of its run once it has an epoch."""
    workbench = open_scene(home)
    run = workbench.runs.submit(TrainOrder("employee", ENDLESS))
    deadline = time.monotonic() + PATIENCE_S
    while workbench.runs.get(run.id).epoch < 1:
        assert time.monotonic() < deadline, workbench.runs.get(run.id)
        time.sleep(0.2)
    return run.id
