"""The load in rounds on one app: latencies, failures, and the memory that stays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from tests.running_app import RunningApp, running_app
from tests.soak import scene
from tests.soak.bombs import throw
from tests.soak.flood import flood
from tests.soak.lines import Line, at_most
from tests.soak.load import Answers, Client, Crowd, make_clients, run_load

LIST_S, PAGE_S = 0.5, 2.0
_FLAT = 10.0
_WARM_SHARE = 0.5
CONFIGURATION = {
    "WORKBENCH_RUNS__HEARTBEAT_S": str(scene.HEARTBEAT_S),
    # As it is for users: workers give way.
    "WORKBENCH_RUNS__NICE": "10",
}


def crowd_one_app(
    folder: Path, crowd: Crowd, seconds: float, rounds: int, parts: Sequence[str]
) -> list[Line]:
    """The load, the flood and the bombs, whichever are wanted, on one app that has a training beside it."""
    lines: list[Line] = []
    if "load" in parts:
        scene.fill(folder / "state", [f"client{place:03}" for place in range(crowd.clients)])
    with running_app(folder, CONFIGURATION) as app:
        clients = make_clients(app, crowd if "load" in parts else Crowd(1, 0, 0))
        if "load" in parts:
            scene.order_endless(app.home)
            lines += _load(app, clients, crowd, seconds, rounds)
        if "flood" in parts:
            lines += flood(app, clients[0].cookie)
        if "bombs" in parts:
            lines += throw(app, clients[0].token, folder / "bombs")
    return lines


def _load(app: RunningApp, clients: list[Client], crowd: Crowd, seconds: float, rounds: int) -> list[Line]:
    process = psutil.Process(app.process.pid)
    run_load(app, clients, crowd, seconds * _WARM_SHARE)
    answers, memory_mb = Answers(), []
    for _ in range(rounds):
        answers += run_load(app, clients, crowd, seconds)
        memory_mb.append(_measure_mb(process))
    return [*_tell(answers, crowd), _tell_memory(memory_mb)]


def _tell(answers: Answers, crowd: Crowd) -> list[Line]:
    said = f"{crowd.clients} clients, {answers.count:,} answers"
    per_answer_ms = 1_000 * answers.processor_s / max(answers.count, 1)
    lines = [
        at_most("load", f"{said}: 5xx, none or above 60 s", sum(answers.bad.values()), 0),
        at_most("load", "lists, 95 % within", answers.quantile("list", 0.95), LIST_S, " s"),
        at_most("load", "pages, 95 % within", answers.quantile("page", 0.95), PAGE_S, " s"),
    ]
    for (kind, status), count in answers.bad.items():
        why = f"status {status}" if status else f"no answer ({answers.lost.get(kind)})"
        lines.append(Line("load", f"{kind}: {why}", str(count), "–", True))
    for kind in ("list", "page", "generate", "fetch"):
        quantiles = ", ".join(f"{answers.quantile(kind, share):.2f}" for share in (0.5, 0.95, 1.0))
        lines.append(Line("load", f"{kind}: p50, p95, most", f"{quantiles} s", "–", True))
    pages = {page: np.quantile(seconds, 0.95) for page, seconds in answers.pages.items()}
    slowest = sorted(pages, key=lambda page: -pages[page])[:3]
    told = ", ".join(f"{page} {pages[page]:.2f} s" for page in slowest)
    lines.append(Line("load", "slowest pages, p95", told, "–", True))
    refused = sum(count for (_, status), count in answers.statuses.items() if status == 429)
    later = answers.statuses["generate", 202]
    lines.append(Line("load", "generates that became runs, answers 429", f"{later}, {refused}", "–", True))
    lines.append(Line("load", "processor time for each answer", f"{per_answer_ms:.0f} ms", "–", True))
    return lines


def _tell_memory(memory_mb: list[float]) -> Line:
    """How far the memory after each round lies above that after the first, in per cent of that."""
    growth = 100 * (max(memory_mb) / memory_mb[0] - 1)
    said = " → ".join(f"{one:,.0f}" for one in memory_mb)
    return at_most("memory", f"of the server over {len(memory_mb)} rounds: {said} MB", growth, _FLAT, " %")


def _measure_mb(process: psutil.Process) -> float:
    return process.memory_full_info().uss / 1e6
