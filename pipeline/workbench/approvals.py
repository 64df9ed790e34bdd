"""The use cases of approvals: have tables of a dataset wait, ask for a table, release or reject it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.access.accounts import AccountRole
from pipeline.access.audit import AuditEvent
from pipeline.errors import AccessError, DataError, JobError
from pipeline.generation.approvals import LONGEST_COMMENT, Approval, ApprovalState
from pipeline.runs.records import GenerateSummary, RelatedSummary, Run
from pipeline.runs.states import RunKind, RunStatus
from pipeline.workbench.context import Context, needs
from pipeline.workbench.runs import RunService

if TYPE_CHECKING:
    from pipeline.evaluation.headline import Headline
    from pipeline.generation.approvals import ApprovalLog

MOST_SETTLED = 50
"""Answers that are listed, the newest ones."""
_IN_PARTS = frozenset({RunKind.BULK, RunKind.RELATED_BULK})
_EVENTS = {
    ApprovalState.RELEASED: AuditEvent.APPROVAL_RELEASED,
    ApprovalState.REJECTED: AuditEvent.APPROVAL_REJECTED,
}


@dataclass(frozen=True)
class RunApproval:
    """The questions about a run's table, the oldest first, and what the caller may do about it."""

    run_id: str
    is_required: bool
    history: tuple[Approval, ...]
    may_ask: bool
    may_decide: bool

    @property
    def state(self) -> ApprovalState | None:
        """That of the newest question; None where nobody has asked."""
        return self.history[-1].state if self.history else None


class ApprovalService:
    """Approvals as one actor may ask for and give them: nobody releases what they asked for or own."""

    def __init__(self, context: Context, runs: RunService) -> None:
        self.context = context
        self._runs = runs

    @needs(AccountRole.VIEWER)
    def is_required(self, dataset: str) -> bool:
        """Whether tables of a dataset leave only after an approval."""
        return self._log.is_required(dataset)

    @needs(AccountRole.ANALYST)
    def require(self, dataset: str) -> None:
        """Have tables of a dataset wait for an approval from now on; NotFoundError where there is none."""
        stores = self.context.stores
        if not stores.related.is_known(dataset):
            stores.catalog.get(dataset)
        with self.context.together():
            if self._log.require(dataset, self.context.actor.name):
                self.context.record(AuditEvent.APPROVAL_REQUIRED, dataset)

    @needs(AccountRole.ADMIN)
    def lift(self, dataset: str) -> None:
        """Let tables of a dataset leave without an approval again; harmless where they do."""
        with self.context.together():
            if self._log.lift(dataset):
                self.context.record(AuditEvent.APPROVAL_LIFTED, dataset)

    @needs(AccountRole.VIEWER)
    def get(self, run_id: str) -> RunApproval:
        """What was asked and answered about the table of a run that the actor may see."""
        return self._describe(self._runs.get(run_id))

    @needs(AccountRole.ANALYST)
    def ask(self, run_id: str, comment: str) -> RunApproval:
        """Ask that the table of a finished run may leave.

        JobError where the run has no table, DataError where its dataset requires no approval, the comment is
        empty or too long, or the same table waits already or is released.
        """
        run, text = self._runs.get(run_id), _check(comment)
        digest = _find_digest(run)
        if digest is None:
            raise JobError(
                f"Run {run_id} has no table.", "ask on a run that generated a table, or several, and is done."
            )
        if not self._log.is_required(run.dataset):
            raise DataError(f'The dataset "{run.dataset}" requires no approval.', "export the table.")
        with self.context.together():
            self._log.ask(run.dataset, digest, run_id, self.context.actor, text)
            self._record(AuditEvent.APPROVAL_ASKED, run, digest)
        return self._describe(run)

    @needs(AccountRole.VIEWER)
    def release(self, run_id: str, comment: str) -> RunApproval:
        """Let the table of a run leave.

        AccessError, recorded, unless the actor is an administrator or a reviewer, and neither asked for it
        nor owns the run; DataError where nothing waits there.
        """
        return self._decide(run_id, ApprovalState.RELEASED, comment)

    @needs(AccountRole.VIEWER)
    def reject(self, run_id: str, comment: str) -> RunApproval:
        """Keep the table of a run from leaving; it may be asked for again. Refuses as `release` does."""
        return self._decide(run_id, ApprovalState.REJECTED, comment)

    @needs(AccountRole.VIEWER)
    def list_waiting(self) -> tuple[Approval, ...]:
        """The questions that the actor may answer, the oldest first."""
        if not self._is_reviewer:
            return ()
        return tuple(
            one for one in self._log.list_waiting() if not self._is_involved(self._runs.get(one.run_id), one)
        )

    @needs(AccountRole.VIEWER)
    def list_asked(self) -> tuple[Approval, ...]:
        """The questions of the actor that nobody has answered, the oldest first."""
        return tuple(one for one in self._log.list_waiting() if one.was_asked_by(self.context.actor))

    @needs(AccountRole.VIEWER)
    def list_settled(self) -> tuple[Approval, ...]:
        """What the actor has decided, and the answers to what the actor has asked, the newest first."""
        actor, may_decide = self.context.actor, self._is_reviewer
        return tuple(
            one
            for one in self._log.list_settled(actor.name, MOST_SETTLED)
            if one.was_asked_by(actor) or (may_decide and one.decided_by == actor.name)
        )

    @needs(AccountRole.VIEWER)
    def conclude(self, run: Run) -> Headline | None:
        """The verdict that a run has noted, whose next step is an approval where its table waits for one."""
        headline, digest = run.headline, _find_digest(run)
        if headline is None or (digest is None and run.kind not in _IN_PARTS):
            return headline
        return self._log.hold(headline, run.dataset, digest, run.id)

    def _decide(self, run_id: str, state: ApprovalState, comment: str) -> RunApproval:
        run = self._runs.get(run_id)
        waiting = _find_waiting(run_id, self._list(run))
        if waiting is None:
            raise DataError(
                f"No approval waits on run {run_id}.", "look at the tables that wait for a release."
            )
        self._require_other(run, waiting)
        text = _check(comment)
        with self.context.together():
            self._log.decide(waiting.number, state, self.context.actor, text)
            self._record(_EVENTS[state], run, waiting.table_sha256)
        return self._describe(run)

    def _require_other(self, run: Run, waiting: Approval) -> None:
        if self._is_reviewer and not self._is_involved(run, waiting):
            return
        self._record(AuditEvent.REFUSED, run, waiting.table_sha256)
        if self._is_reviewer:
            raise AccessError(
                f"{self.context.actor.name} asked for this approval or owns run {run.id}.",
                "another administrator or reviewer has to decide.",
            )
        raise AccessError(
            f"{self.context.actor.name} is no reviewer.",
            "ask an administrator, or a person whom an administrator named reviewer.",
        )

    def _describe(self, run: Run) -> RunApproval:
        history = self._list(run)
        is_required = self._log.is_required(run.dataset)
        is_settled = any(one.state is not ApprovalState.REJECTED for one in history)
        is_analyst = self.context.actor.role.includes(AccountRole.ANALYST)
        may_ask = is_required and is_analyst and not is_settled and _find_digest(run) is not None
        waiting = _find_waiting(run.id, history)
        may_decide = waiting is not None and self._is_reviewer and not self._is_involved(run, waiting)
        return RunApproval(run.id, is_required, history, may_ask, may_decide)

    def _list(self, run: Run) -> tuple[Approval, ...]:
        digest = _find_digest(run)
        return self._log.list(run.dataset, digest) if digest else ()

    def _is_involved(self, run: Run, waiting: Approval) -> bool:
        return waiting.was_asked_by(self.context.actor) or run.belongs_to(self.context.actor)

    @property
    def _is_reviewer(self) -> bool:
        actor = self.context.actor
        return actor.role.includes(AccountRole.ADMIN) or self._log.is_reviewer(actor)

    @property
    def _log(self) -> ApprovalLog:
        return self.context.stores.approvals

    def _record(self, event: AuditEvent, run: Run, digest: str) -> None:
        self.context.record(event, run.id, dataset=run.dataset, sha256=digest)


def _find_digest(run: Run) -> str | None:
    if run.status is not RunStatus.DONE:
        return None
    if isinstance(run.result, RelatedSummary):
        return run.result.tables_sha256
    return run.result.table_sha256 if isinstance(run.result, GenerateSummary) else None


def _find_waiting(run_id: str, history: tuple[Approval, ...]) -> Approval | None:
    """The question that was asked on this very run, whose owner is thus known, and waits."""
    is_open = (one for one in history if one.state is ApprovalState.ASKED and one.run_id == run_id)
    return next(is_open, None)


def _check(comment: str) -> str:
    text = comment.strip()
    if not text:
        raise DataError("The comment is empty.", "say in a sentence why.")
    if len(text) > LONGEST_COMMENT:
        raise DataError(
            f"The comment has {len(text):,} characters; at most {LONGEST_COMMENT:,} are kept.", "shorten it."
        )
    return text
