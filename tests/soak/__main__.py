"""`make soak`: the proof on real servers, as one table; exit status 1 where a promise was missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests import guardian
from tests.soak.crowd import crowd_one_app
from tests.soak.kills import kill_often
from tests.soak.lines import Line, print_lines
from tests.soak.load import Crowd
from tests.soak.numbers import attack

PARTS = ("load", "flood", "bombs", "kills", "numbers")


def main(arguments: list[str]) -> int:
    """Do the parts that are wanted, and print what was measured."""
    wanted = _read(arguments)
    guard = guardian.start()
    try:
        with tempfile.TemporaryDirectory(prefix="workbench-soak-") as folder:
            lines = _measure(Path(folder), wanted)
    finally:
        guardian.stop(guard)
    return 0 if print_lines(lines) else 1


def _measure(folder: Path, wanted: argparse.Namespace) -> list[Line]:
    lines: list[Line] = []
    if {"load", "flood", "bombs"} & set(wanted.parts):
        lines += crowd_one_app(folder / "crowd", Crowd(), wanted.seconds, wanted.rounds, wanted.parts)
    if "kills" in wanted.parts:
        lines += kill_often(folder / "kills", wanted.kills, wanted.seed)
    if "numbers" in wanted.parts:
        lines += attack(wanted.calls, wanted.draws)
    return lines


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make soak", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--seconds", type=float, default=120.0, help="of each round of the load")
    parser.add_argument("--rounds", type=int, default=3, help="of the load, after half of one to warm up")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the moments and orders of the kill loop")
    parser.add_argument("--calls", type=int, default=80, help="about shares, for each column")
    parser.add_argument("--draws", type=int, default=2_000_000, help="rows of quick synthesizers")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
