"""`make bench`: run every benchmark, or the ones named (`python -m tests.benchmarks generate`)."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path


def main(names: list[str]) -> int:
    """Run benchmarks by name and say which names exist where one is unknown."""
    known = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in names or known:
        print(f"\n== {name}", flush=True)
        import_module(f"tests.benchmarks.bench_{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
