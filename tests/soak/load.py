"""The load: people who read pages and programs that ask for lists and tables, beside a training.

Each client acts, and pauses for about as long as a person or a program would before it acts again. A page is
timed from the request for its document until its script has run to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import psutil
from websockets.exceptions import WebSocketException

from tests.running_app import RunningApp
from tests.soak.tab import Tab, open_tab

PATIENCE_S = 60.0
LISTS = ("/datasets", "/runs", "/models", "/approvals")
PAGES = ("", "runs", "models", "datasets", "quality", "generate", "train", "account")
_ORDER = {"dataset": "employee", "rows": 1_000, "format": "csv", "as_of": "2026-01-31"}
_RECIPE = {"synthesizer": "autoregressive", "epochs": 1, "use_hma": False}
_NO_ANSWER, _LATE, _LATER = 0, 408, 202


@dataclass(frozen=True)
class Crowd:
    """How many people read pages, how many programs read lists and order tables, and their pauses (s)."""

    visitors: int = 30
    readers: int = 16
    makers: int = 4
    visitor_pause_s: float = 6.0
    reader_pause_s: float = 1.0
    maker_pause_s: float = 5.0

    @property
    def clients(self) -> int:
        """All of them."""
        return self.visitors + self.readers + self.makers


@dataclass
class Answers:
    """Seconds and status of what was asked, by kind.

    0 stands for no answer, of which `lost` says why, and 408 for one above a minute.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    pages: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    lost: dict[str, str] = field(default_factory=dict)
    processor_s: float = 0.0

    async def time(self, kind: str, ask: Awaitable[int]) -> int:
        """Wait for an answer and note it."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                status = await ask
        except TimeoutError:
            status = _LATE
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
        except (OSError, httpx.HTTPError, WebSocketException) as error:
            status = _NO_ANSWER
            self.lost[kind] = f"{type(error).__name__} {error}".strip()
        seconds = time.monotonic() - began
        self.seconds.setdefault(kind.partition(" ")[0], []).append(seconds)
        if kind.startswith("page "):
            self.pages.setdefault(kind.removeprefix("page "), []).append(seconds)
        self.statuses[kind, status] += 1
        return status

    def __iadd__(self, other: Answers) -> Answers:
        """The answers of another round too."""
        for kind, seconds in other.seconds.items():
            self.seconds.setdefault(kind, []).extend(seconds)
        for page, seconds in other.pages.items():
            self.pages.setdefault(page, []).extend(seconds)
        self.statuses += other.statuses
        self.lost |= other.lost
        self.processor_s += other.processor_s
        return self

    @property
    def count(self) -> int:
        """Everything that was asked."""
        return self.statuses.total()

    @property
    def bad(self) -> dict[tuple[str, int], int]:
        """How many answers were 5xx, late or none, by what was asked and status."""
        return {
            (kind, status): count
            for (kind, status), count in self.statuses.items()
            if status in (_NO_ANSWER, _LATE) or status >= 500
        }

    def quantile(self, kind: str, share: float) -> float:
        """Seconds within which a share of one kind was answered."""
        return float(np.quantile(self.seconds.get(kind, [float("nan")]), share))


@dataclass(frozen=True)
class Client:
    """One client: its cookie, its token, and its dice."""

    cookie: str
    token: str
    dice: random.Random


def make_clients(app: RunningApp, crowd: Crowd) -> list[Client]:
    """An account, a session and a token for each client."""
    clients = []
    for place in range(crowd.clients):
        name = f"client{place:03}"
        app.make_account(name)
        clients.append(Client(app.make_cookie(name), app.make_token(name), random.Random(place)))
    return clients


def run_load(app: RunningApp, clients: Sequence[Client], crowd: Crowd, seconds: float) -> Answers:
    """Have the crowd act for some seconds; what it was answered."""
    answers = Answers()
    process = psutil.Process(app.process.pid)
    before = sum(process.cpu_times()[:2])
    asyncio.run(_act(app, clients, crowd, seconds, answers))
    answers.processor_s = sum(process.cpu_times()[:2]) - before
    return answers


async def _act(
    app: RunningApp, clients: Sequence[Client], crowd: Crowd, seconds: float, answers: Answers
) -> None:
    end = time.monotonic() + seconds
    kinds = [
        *[(_visit, crowd.visitor_pause_s)] * crowd.visitors,
        *[(_read, crowd.reader_pause_s)] * crowd.readers,
        *[(_make, crowd.maker_pause_s)] * crowd.makers,
    ]
    async with asyncio.TaskGroup() as group:
        for client, (act, pause_s) in zip(clients, kinds, strict=True):
            group.create_task(_repeat(app, client, act, pause_s, end, answers))


Act = Callable[[RunningApp, httpx.AsyncClient, Client, float, Answers], Awaitable[None]]


async def _repeat(
    app: RunningApp, client: Client, act: Act, pause_s: float, end: float, answers: Answers
) -> None:
    # The server ends connections that idle for 5 s, httpx by default too: a request may then meet the end.
    limits = httpx.Limits(keepalive_expiry=2)
    async with httpx.AsyncClient(base_url=app.url, timeout=PATIENCE_S, verify=False, limits=limits) as http:
        # Not all at once.
        await asyncio.sleep(client.dice.uniform(0, pause_s))
        while time.monotonic() < end:
            await act(app, http, client, client.dice.uniform(0.5, 1.5) * pause_s, answers)


async def _visit(
    app: RunningApp, http: httpx.AsyncClient, client: Client, pause_s: float, answers: Answers
) -> None:
    page = client.dice.choice(PAGES)
    async with contextlib.AsyncExitStack() as stack:
        tabs: list[Tab] = []

        async def load() -> int:
            tabs.append(await stack.enter_async_context(open_tab(http, app.stream_url, page, client.cookie)))
            await tabs[0].run(page)
            return 200

        status = await answers.time(f"page {page or 'home'}", load())
        if status == 200:
            await tabs[0].look(page, pause_s)
        else:
            await asyncio.sleep(pause_s)


async def _read(
    _app: RunningApp, http: httpx.AsyncClient, client: Client, pause_s: float, answers: Answers
) -> None:
    path = client.dice.choice(LISTS)
    await answers.time(f"list {path}", _ask(http, client, "GET", path))
    await asyncio.sleep(pause_s)


async def _make(
    _app: RunningApp, http: httpx.AsyncClient, client: Client, pause_s: float, answers: Answers
) -> None:
    order = {**_ORDER, "recipe": _RECIPE, "seed": client.dice.randrange(2**31)}
    said: dict[str, Any] = {}
    status = await answers.time("generate", _ask(http, client, "POST", "/generate", said, json=order))
    if status == _LATER:
        await _fetch(http, client, said, answers)
    await asyncio.sleep(pause_s)


async def _fetch(http: httpx.AsyncClient, client: Client, run: dict[str, Any], answers: Answers) -> None:
    """Follow a run until it has ended, and fetch its table."""
    path, end = f"/runs/{run['id']}", time.monotonic() + PATIENCE_S
    while run["status"] in ("queued", "running") and time.monotonic() < end:
        await asyncio.sleep(1)
        await answers.time("list of one run", _ask(http, client, "GET", path, run))
    if run["status"] == "done":
        await answers.time("fetch", _ask(http, client, "GET", f"{path}/table"))
    else:
        answers.statuses["fetch", _LATE] += 1


async def _ask(
    http: httpx.AsyncClient,
    client: Client,
    method: str,
    path: str,
    said: dict[str, Any] | None = None,
    **options: Any,
) -> int:
    """The status of an answer; what it says of a run goes to `said`."""
    headers = {"Authorization": f"Bearer {client.token}"}
    answer = await http.request(method, f"/api/v1{path}", headers=headers, **options)
    if said is not None and answer.headers["content-type"] == "application/json":
        said.update(answer.json())
    return answer.status_code
