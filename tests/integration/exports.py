"""People whose balances tell them apart, and tables made of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.generation.orders import GenerateOrder
from pipeline.generation.results import Generation
from pipeline.settings import Settings
from pipeline.workbench.workbench import Workbench

AS_OF = date(2026, 5, 17)
RECIPE = {"synthesizer": "autoregressive", "epochs": 1}


def make_home(folder: Path) -> Path:
    """A state folder with a table of 600 people whose balances tell them apart."""
    rng = np.random.default_rng(3)
    people = pd.DataFrame(
        {
            "email": [f"person{number}@example.com" for number in range(600)],
            "group": rng.choice(["a", "b", "c"], 600),
            "balance": rng.lognormal(7, 1, 600).round(6),
        }
    )
    people.to_csv(folder / "people.csv", index=False)
    Workbench(Settings(home=folder / "state")).datasets.add("people", [folder / "people.csv"])
    return folder / "state"


def generate(workbench: Workbench, seed: int = 0) -> Generation:
    recipe = workbench.models.default_recipe(**RECIPE)
    return workbench.generate(GenerateOrder("people", 1000, recipe, seed, AS_OF))
