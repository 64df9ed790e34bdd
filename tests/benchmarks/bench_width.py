"""What a column of very many categories costs in memory, against ctgan 0.12.1.

Each fit has a process of its own, which first learns a table whose text column has 100 categories and then
one of equal rows whose column has many more; the growth of the peak between the two is what those categories
cost. Upstream gets the smaller table only: at 10,000 categories its one-hot rows alone would take 4 GB.
"""

from __future__ import annotations

import subprocess
import sys

_CHILD = """
import resource, sys
import numpy as np, pandas as pd
from tests.benchmarks.fits import fit_upstream
from tests.benchmarks.tables import modelled_columns
from pipeline.synthesizers import create_synthesizer
from pipeline.synthesizers.recipe import Recipe

name, rows, categories = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def peak_mb(distinct):
    numbers = np.random.default_rng(0).permutation(rows)
    shop = [f"shop {number % distinct:05d}" for number in numbers]
    table = pd.DataFrame({"shop": shop, "amount": numbers % 50})
    if name == "upstream":
        fit_upstream(table, 1)[1].sample(1_000)
    else:
        synthesizer = create_synthesizer(name, modelled_columns(table), Recipe(name, epochs=1, use_hma=False))
        synthesizer.fit(table)
        synthesizer.sample(1_000, 0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

few = peak_mb(100)
print(peak_mb(categories) - few)
"""


def main() -> None:
    """Print the growth of the peak for each side."""
    print("Growth of peak memory when a text column has more than 100 categories, 1 epoch, MB")
    for rows, categories, names in (
        (10_000, 2_000, ("upstream", "ctgan", "autoregressive")),
        (50_000, 10_000, ("ctgan", "autoregressive")),
    ):
        for name in names:
            label = "ctgan 0.12.1" if name == "upstream" else f"ours, {name}"
            grown = _measure(name, rows, categories)
            print(f"  {rows:,} rows, {categories:,} categories   {label:<22} {grown:8.0f} MB", flush=True)


def _measure(name: str, rows: int, categories: int) -> float:
    command = [sys.executable, "-c", _CHILD, name, str(rows), str(categories)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
