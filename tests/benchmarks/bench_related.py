"""Several related tables on public sets: `autoregressive` beside HMA, a second real half and the floor.

BENCH_RELATIONAL names the folder of the sets, BENCH_SETS some of them. BENCH_SEEDS is how many samples, and
splits of the real rows, a figure is the mean of (5); BENCH_HMA_S how long HMA may take (300 s, 0: never).
Each fit has a process of its own, whose peak memory is printed. Seconds are those of the processor.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import mean

from pipeline.synthesizers.related.protocol import DrawnTable
from tests.benchmarks.layout import print_columns, tell
from tests.benchmarks.related_measures import RelationScores, measure_relation, name_classifier
from tests.benchmarks.related_sets import (
    SETS,
    RelatedSet,
    as_drawn,
    find_folder,
    halve,
    load_set,
    shuffle_owners,
)

SEEDS = int(os.environ.get("BENCH_SEEDS", "5"))
Tables = Mapping[str, DrawnTable]
HMA_S = float(os.environ.get("BENCH_HMA_S", "300"))
_CHILD = """
import json, pickle, resource, sys, time
from pathlib import Path
from pipeline.synthesizers.recipe import Recipe
from tests.benchmarks.related_sets import choose_for_hma, load_set

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

kind, name, folder, target, seeds = sys.argv[1:]
related = load_set(name, Path(folder))
tables = list(related.tables.values())
if kind == "hma":
    from pipeline.synthesizers.related.hma import RelatedHma

    synthesizer, tables = RelatedHma(Recipe("gaussian_copula", use_hma=False)), choose_for_hma(related)
else:
    from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive

    synthesizer = RelatedAutoregressive(Recipe("autoregressive", use_hma=False))
begin, started = peak_mb(), time.process_time()
synthesizer.fit(tables)
fitted = time.process_time()
drawn = [synthesizer.sample(1.0, 0)]
sampled, peak = time.process_time(), peak_mb()
drawn += [synthesizer.sample(1.0, seed) for seed in range(1, int(seeds))]
Path(target).write_bytes(pickle.dumps(drawn))
size = sum(array.nbytes for array in synthesizer.state.arrays.values()) / 1e6
taken = {"fit": fitted - started, "sample": sampled - fitted}
print(json.dumps({**taken, "peak": peak, "begin": begin, "size": size}))
"""


def main() -> None:
    """Print one block for each set."""
    folder = find_folder()
    if folder is None:
        print("  BENCH_RELATIONAL names no folder of public sets: nothing is measured.")
        return
    print(f"  AUC: {name_classifier()}, folds by parent, mean of {SEEDS} samples; 0.5 is not told apart.")
    for name in os.environ.get("BENCH_SETS", ",".join(SETS)).split(","):
        _measure_set(load_set(name, folder), folder)


def _measure_set(related: RelatedSet, folder: Path) -> None:
    print(f"\n  {related.name}", flush=True)
    real = {name: as_drawn(table) for name, table in related.tables.items()}
    halves = [halve(related, seed) for seed in range(SEEDS)]
    sides: list[tuple[str, list[tuple[Tables, Tables]]]] = []
    for kind in ("autoregressive", "hma") if HMA_S else ("autoregressive",):
        sides.append((kind, [(real, drawn) for drawn in _run(kind, related, folder)]))
    sides.append(("second real half", list(halves)))
    floor = [(first, shuffle_owners(second, seed)) for seed, (first, second) in enumerate(halves)]
    sides.append(("floor", list(floor)))
    rows = [
        _describe(label, [_compare(related, *pair, relation, seed) for seed, pair in enumerate(pairs)])
        for relation in related.relations
        for label, pairs in sides
        if pairs and set(relation) <= set(pairs[0][1])
    ]
    header = (
        "relation",
        "who",
        "rows",
        "integrity",
        "repeated",
        "count KS",
        "own",
        "with parent",
        "with sums",
    )
    print_columns(header, rows)


def _compare(
    related: RelatedSet, one: Tables, other: Tables, relation: tuple[str, str], seed: int
) -> RelationScores:
    sides = [
        {name: replace(side[name], rows=related.finish(name, side[name].rows)) for name in relation}
        for side in (one, other)
    ]
    return measure_relation(sides[0], sides[1], relation, related.tables[relation[0]].natural, seed)


def _describe(label: str, scores: list[RelationScores]) -> tuple[str, ...]:
    first = scores[0]

    def average(name: str) -> float | None:
        values = [getattr(one, name) for one in scores]
        return None if None in values else mean(values)

    return (
        f"{first.child} → {first.parent}",
        label,
        f"{first.rows:,}",
        f"{min(one.integrity for one in scores):.2%}",
        f"{max(one.repeated for one in scores):,}",
        *(tell(average(name)) for name in ("count_ks", "own", "with_parent", "with_sums")),
    )


def _run(kind: str, related: RelatedSet, folder: Path) -> list[Tables]:
    limit_s = HMA_S if kind == "hma" else None
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "drawn"
        command = [sys.executable, "-c", _CHILD, kind, related.name, str(folder), str(target), str(SEEDS)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit_s)
        except subprocess.TimeoutExpired:
            print(f"  {kind}: not ready in {limit_s:.0f} s", flush=True)
            return []
        except subprocess.CalledProcessError as error:
            print(f"  {kind}: {error.stderr.strip().splitlines()[-1]}", flush=True)
            return []
        taken = json.loads(done.stdout.splitlines()[-1])
        print(
            f"  {kind}: fit {taken['fit']:.1f} s, sample {taken['sample']:.1f} s, peak memory "
            f"{taken['peak']:,.0f} MB ({taken['begin']:,.0f} MB before), model {taken['size']:.1f} MB",
            flush=True,
        )
        drawn: list[Tables] = pickle.loads(target.read_bytes())
        return drawn
