"""Several related tables on public sets: `autoregressive` beside SDV's HMA, a second real half and the floor.

BENCH_RELATIONAL names the folder of the sets, BENCH_SETS some of them, BENCH_SEEDS how many seeds an AUC is the
mean of (5), BENCH_HMA_S how long HMA may take (300 s, 0: not at all). Each fit has a process of its own, whose
peak memory is printed. Seconds are those of the processor.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

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
HMA_S = float(os.environ.get("BENCH_HMA_S", "300"))
_CHILD = """
import json, pickle, resource, sys, time
from pathlib import Path
from pipeline.synthesizers.recipe import Recipe
from tests.benchmarks.related_sets import load_set

kind, name, folder, target = sys.argv[1:]
related = load_set(name, Path(folder))
tables = list(related.tables.values())
if kind == "hma":
    from pipeline.synthesizers.related.hma import RelatedHma
    from tests.benchmarks.related_sets import choose_for_hma

    synthesizer, tables = RelatedHma(Recipe("gaussian_copula")), choose_for_hma(related)
else:
    from pipeline.synthesizers.related.synthesizer import RelatedAutoregressive

    synthesizer = RelatedAutoregressive(Recipe("autoregressive", use_hma=False))
begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
started, waited = time.process_time(), time.monotonic()
synthesizer.fit(tables)
fitted = time.process_time()
fit_s = time.monotonic() - waited
drawn = synthesizer.sample(1.0, 0)
sampled = time.process_time()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
Path(target).write_bytes(pickle.dumps(drawn))
size = sum(array.nbytes for array in synthesizer.state.arrays.values()) / 1e6
print(json.dumps({"fit": fitted - started, "sample": sampled - fitted, "wall": fit_s, "peak": peak, "begin": begin,
                  "size": size}))
"""


def main() -> None:
    """Print one block for each set."""
    folder = find_folder()
    if folder is None:
        print("  BENCH_RELATIONAL names no folder of public sets: nothing is measured.")
        return
    print(f"  AUC: {name_classifier()}, folds by parent, mean of {SEEDS} seeds; 0.5 is not told apart.")
    for name in os.environ.get("BENCH_SETS", ",".join(SETS)).split(","):
        _measure_set(load_set(name, folder), folder)


def _measure_set(related: RelatedSet, folder: Path) -> None:
    print(f"\n  {related.name}", flush=True)
    real = {name: as_drawn(table) for name, table in related.tables.items()}
    first, second = halve(related, 0)
    sides = [("second real half", first, second), ("floor", first, shuffle_owners(second, 0))]
    for kind in ("autoregressive", "hma") if HMA_S else ("autoregressive",):
        drawn = _run(kind, related, folder)
        if drawn is not None:
            sides.insert(len(sides) - 2, (kind, real, drawn))
    rows = [
        _describe(label, scores) for label, one, other in sides for scores in _compare(related, one, other)
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
    print_columns(header, sorted(rows, key=lambda row: row[0]))


def _compare(
    related: RelatedSet, one: Mapping[str, DrawnTable], other: Mapping[str, DrawnTable]
) -> list[RelationScores]:
    found = []
    for relation in related.relations:
        if set(relation) <= set(other):
            sides = [
                {
                    name: DrawnTable(related.finish(name, table.rows), table.owner_rows)
                    for name, table in side.items()
                }
                for side in (one, other)
            ]
            natural = related.tables[relation[0]].natural
            found.append(measure_relation(sides[0], sides[1], relation, natural, SEEDS))
    return found


def _describe(label: str, scores: RelationScores) -> tuple[str, ...]:
    return (
        f"{scores.child} → {scores.parent}", label, f"{scores.rows:,}", f"{scores.integrity:.2%}",
        f"{scores.repeated:,}", f"{scores.count_ks:.3f}", tell(scores.own), tell(scores.with_parent),
        tell(scores.with_sums),
    )  # fmt: skip


def _run(kind: str, related: RelatedSet, folder: Path) -> dict[str, DrawnTable] | None:
    limit_s = HMA_S if kind == "hma" else None
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "drawn"
        command = [sys.executable, "-c", _CHILD, kind, related.name, str(folder), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=limit_s)
        except subprocess.TimeoutExpired:
            print(f"  {kind}: not ready in {limit_s:.0f} s", flush=True)
            return None
        except subprocess.CalledProcessError as error:
            print(f"  {kind}: {error.stderr.strip().splitlines()[-1]}", flush=True)
            return None
        taken = json.loads(done.stdout.splitlines()[-1])
        print(
            f"  {kind}: fit {taken['fit']:.1f} s, sample {taken['sample']:.1f} s, peak memory "
            f"{taken['peak']:,.0f} MB ({taken['begin']:,.0f} MB before), model {taken['size']:.1f} MB",
            flush=True,
        )
        drawn: dict[str, DrawnTable] = pickle.loads(target.read_bytes())
        return drawn
