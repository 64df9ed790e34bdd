"""The runs that one actor may see: one's own, those that are shared with them, all for an administrator."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole, Actor
from pipeline.runs.store import RunFilter, missing_run

if TYPE_CHECKING:
    from pipeline.runs.records import Run
    from pipeline.runs.shares import RunShares
    from pipeline.runs.store import RunStore


class VisibleRuns:
    """Looks runs up for one actor; those of others that are shared with the actor say so.

    `find_reviewed` says of which other runs the actor is a reviewer; these are not listed.
    """

    def __init__(
        self,
        runs: RunStore,
        shares: RunShares,
        actor: Actor,
        find_reviewed: Callable[[Collection[str], Actor], frozenset[str]],
    ) -> None:
        self._runs = runs
        self._shares = shares
        self._actor = actor
        self._find_reviewed = find_reviewed
        self._sees_all = actor.role.includes(AccountRole.ADMIN)

    def list(self, wanted: RunFilter, limit: int) -> tuple[Run, ...]:
        """The wanted runs among them, the newest first."""
        if self._sees_all:
            return self._runs.list(wanted, limit)
        if wanted.owner == self._actor.name:
            return self._runs.list(replace(wanted, is_local=self._actor.is_local), limit)
        found = self._runs.list(replace(wanted, seen_by=self._actor), limit)
        return tuple(self._mark(run) for run in found)

    def get(self, run_id: str) -> Run:
        """One of them; NotFoundError for any other."""
        run = self._mark(self._runs.get(run_id))
        if run.is_shared and not self._is_let_in(run_id):
            raise missing_run(run_id)
        return run

    def find(self, run_ids: Collection[str]) -> dict[str, Run]:
        """Those among many runs, by id; one that the actor may not see is left out."""
        ids = tuple(run_ids)
        seen = {run.id: run for run in self.list(RunFilter(ids=ids), len(ids))}
        missing = set(ids) - set(seen)
        if missing and (reviewed := self._find_reviewed(missing, self._actor)):
            found = self._runs.list(RunFilter(ids=tuple(reviewed)), len(reviewed))
            seen |= {run.id: self._mark(run) for run in found}
        return seen

    def _is_let_in(self, run_id: str) -> bool:
        is_shared = self._shares.is_shared(run_id, self._actor)
        return is_shared or run_id in self._find_reviewed([run_id], self._actor)

    def _mark(self, run: Run) -> Run:
        return run if self._sees_all or run.belongs_to(self._actor) else replace(run, is_shared=True)
