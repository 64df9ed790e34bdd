"""The use cases of sharing: let other users look at a run, take that back, list who may."""

from __future__ import annotations

from pipeline.access.accounts import LOCAL, AccountRole, Accounts
from pipeline.access.audit import AuditEvent
from pipeline.errors import DataError
from pipeline.runs.shares import Grantee, GranteeKind, RunShare
from pipeline.workbench.context import Context, needs
from pipeline.workbench.runs import RunService

__all__ = ["SharingService"]


class SharingService:
    """Who may look at the runs of an actor; an administrator shares everybody's."""

    def __init__(self, context: Context, runs: RunService) -> None:
        self.context = context
        self._runs = runs

    @needs(AccountRole.ANALYST)
    def share(self, run_id: str, grantee: Grantee) -> tuple[RunShare, ...]:
        """Let an account, or everyone with a role or a higher one, look at a run; gives all its shares.

        NotFoundError for an account that there is not, DataError for the run's owner; twice is harmless.
        """
        run = self._runs.get_own(run_id)
        known = self._find(grantee)
        if known == Grantee(GranteeKind.ACCOUNT, run.owner) and run.source != LOCAL:
            raise DataError(f"Run {run_id} belongs to {run.owner}.", "share it with somebody else.")
        with self.context.together():
            if self.context.stores.shares.add(run_id, known, self.context.actor.name):
                self._record(AuditEvent.RUN_SHARED, run_id, run.dataset, known)
        return self.context.stores.shares.list(run_id)

    @needs(AccountRole.ANALYST)
    def withdraw(self, run_id: str, grantee: Grantee) -> tuple[RunShare, ...]:
        """Take a share back, and give those that are left; NotFoundError where there is none."""
        run = self._runs.get_own(run_id)
        known = self._find(grantee)
        with self.context.together():
            self.context.stores.shares.remove(run_id, known)
            self._record(AuditEvent.SHARE_WITHDRAWN, run_id, run.dataset, known)
        return self.context.stores.shares.list(run_id)

    @needs(AccountRole.VIEWER)
    def list(self, run_id: str) -> tuple[RunShare, ...]:
        """With whom a run of the actor is shared, the oldest share first."""
        return self.context.stores.shares.list(self._runs.get_own(run_id).id)

    def _find(self, grantee: Grantee) -> Grantee:
        """The grantee by the name that is stored."""
        if grantee.kind is GranteeKind.ACCOUNT:
            return Grantee(grantee.kind, Accounts(self.context.stores.database).get(grantee.name).name)
        if grantee.name not in list(AccountRole):
            raise DataError(f'There is no role "{grantee.name}".', f"choose one of {', '.join(AccountRole)}.")
        return grantee

    def _record(self, event: AuditEvent, run_id: str, dataset: str, grantee: Grantee) -> None:
        self.context.record(event, run_id, dataset=dataset, **{grantee.kind.value: grantee.name})
