"""Approvals: which datasets require one, who asked for a table, who released or rejected it, and why.

An approval is about the rows of a table, whatever run made them and in whatever format they leave. It stays
when its run is deleted, since the table may have left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from pipeline.errors import ApprovalRequired, DataError
from pipeline.store.database import Database, utc_now
from pipeline.store.tables import APPROVAL_RULES, APPROVALS, RUNS, USERS

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.evaluation.headline import Headline
    from pipeline.reports import Report
    from pipeline.reports.related.compute import RelatedReport

AnyReport = TypeVar("AnyReport", "Report", "RelatedReport")

LONGEST_COMMENT = 1_000
_LOCK = 4_071_926


class ApprovalState(StrEnum):
    """What has become of a question."""

    ASKED = "asked"
    RELEASED = "released"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Approval:
    """A question whether a table, or several, may leave, and its answer; instants are aware and in UTC.

    `run_id` is the run on which it was asked, `table_sha256` the digest of the rows that it is about.
    `asked_from` is the surface of the person who asked. The last three are None until somebody decides.
    """

    number: int
    dataset: str
    table_sha256: str
    run_id: str
    state: ApprovalState
    asked_by: str
    asked_from: str
    asked_at: datetime
    question: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None

    def __str__(self) -> str:
        asked = f"Asked for by {self.asked_by} on {self.asked_at:%Y-%m-%d}: {_quote(self.question)}"
        if self.decided_at is None:
            return f"{asked} Not decided yet."
        decided = f"{str(self.state).capitalize()} by {self.decided_by} on {self.decided_at:%Y-%m-%d}"
        return f"{asked} {decided}: {_quote(self.answer or '')}"

    def was_asked_by(self, actor: Actor) -> bool:
        """Whether an actor asked."""
        return actor.is_same(self.asked_by, self.asked_from)

    def as_dict(self) -> dict[str, str | None]:
        """What a manifest says of it."""
        return {
            "state": self.state.value,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at.isoformat(timespec="seconds"),
            "question": self.question,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at.isoformat(timespec="seconds") if self.decided_at else None,
            "answer": self.answer,
        }


class ApprovalLog:
    """The approvals of a database, and the datasets whose tables wait for one."""

    def __init__(self, database: Database, now: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._now = now

    def is_required(self, dataset: str) -> bool:
        """Whether tables of a dataset leave only after an approval."""
        with self._database.read() as connection:
            return _is_required(connection, dataset)

    def require(self, dataset: str, actor: str) -> bool:
        """Have tables of a dataset wait from now on; False where they do already."""
        with self._database.begin_alone(_LOCK) as connection:
            if _is_required(connection, dataset):
                return False
            values = {"dataset": dataset, "required_by": actor, "required_at": self._now()}
            connection.execute(APPROVAL_RULES.insert().values(values))
            return True

    def lift(self, dataset: str) -> bool:
        """Let tables of a dataset leave without an approval; False where they do already."""
        with self._database.begin_alone(_LOCK) as connection:
            lifted = connection.execute(delete(APPROVAL_RULES).where(APPROVAL_RULES.c.dataset == dataset))
            return bool(lifted.rowcount)

    def ask(self, dataset: str, table_sha256: str, run_id: str, actor: Actor, question: str) -> Approval:
        """Note a question; DataError where the same table waits for an answer already, or is released."""
        with self._database.begin_alone(_LOCK) as connection:
            for earlier in _list(connection, _is_about(dataset, table_sha256)):
                if earlier.state is not ApprovalState.REJECTED:
                    raise DataError(
                        f"This table was approved or waits already. {earlier}", "read the answer there."
                    )
            values = {
                "dataset": dataset,
                "table_sha256": table_sha256,
                "run_id": run_id,
                "state": ApprovalState.ASKED.value,
                "asked_by": actor.name,
                "asked_from": actor.source,
                "asked_at": self._now(),
                "question": question,
            }
            added = connection.execute(APPROVALS.insert().values(values).returning(APPROVALS)).one()
            return _read(added)

    def decide(self, number: int, state: ApprovalState, actor: Actor, answer: str) -> Approval:
        """Note the answer to a question; DataError where another one was given before."""
        values = {"state": state.value, "decided_by": actor.name, "decided_at": self._now(), "answer": answer}
        is_open = (APPROVALS.c.number == number) & (APPROVALS.c.state == ApprovalState.ASKED.value)
        decided = update(APPROVALS).where(is_open).values(values).returning(APPROVALS)
        with self._database.begin_alone(_LOCK) as connection:
            row = connection.execute(decided).one_or_none()
        if row is None:
            raise DataError(
                "Somebody has decided on this table meanwhile.", "reload the page and read the answer."
            )
        return _read(row)

    def list(self, dataset: str, table_sha256: str) -> tuple[Approval, ...]:
        """Every question about a table, the oldest first."""
        with self._database.read() as connection:
            return _list(connection, _is_about(dataset, table_sha256))

    def tell(self, report: Report, dataset: str, table_sha256: str | None) -> Report:
        """The same report with the questions about its table, if any, and what that waits for."""
        if not table_sha256:
            return report
        told = tell_approvals(report, self.list(dataset, table_sha256))
        answer = self.hold(told.answer, dataset, table_sha256)
        headline = told.headline.replace(told.answer.next_step, answer.next_step)
        return replace(told, answer=answer, headline=headline)

    def hold(
        self, headline: Headline, dataset: str, table_sha256: str | None, run_id: str | None = None
    ) -> Headline:
        """The verdict of a table, whose next step is its approval where it waits for one.

        `table_sha256` is None for bulk tables, for which no approval can be asked.
        """
        from pipeline.evaluation.headline import wait

        if table_sha256 is None:
            return wait(headline, _refuse_parts(dataset).hint) if self.is_required(dataset) else headline
        found = self.list(dataset, table_sha256)
        if _is_released(found) or not self.is_required(dataset):
            return headline
        return wait(headline, _refuse(dataset, found, run_id).hint)

    def list_waiting(self) -> tuple[Approval, ...]:
        """Every question without an answer, the oldest first."""
        with self._database.read() as connection:
            return _list(connection, APPROVALS.c.state == ApprovalState.ASKED.value)

    def list_settled(self, name: str, limit: int) -> tuple[Approval, ...]:
        """The answers that somebody gave or has received, the newest first."""
        is_settled = APPROVALS.c.state != ApprovalState.ASKED.value
        is_theirs = (APPROVALS.c.decided_by == name) | (APPROVALS.c.asked_by == name)
        query = select(APPROVALS).where(is_settled & is_theirs).order_by(APPROVALS.c.decided_at.desc())
        with self._database.read() as connection:
            return tuple(_read(row) for row in connection.execute(query.limit(limit)))

    def find_reviewed(self, run_ids: Collection[str], actor: Actor) -> frozenset[str]:
        """The runs on which an approval was asked for; none where the actor's account is no reviewer's."""
        query = select(APPROVALS.c.run_id).where(APPROVALS.c.run_id.in_(run_ids))
        with self._database.read() as connection:
            if not _is_reviewer(connection, actor):
                return frozenset()
            return frozenset(connection.execute(query).scalars())

    def is_reviewer(self, actor: Actor) -> bool:
        """Whether the actor's account was named reviewer; a user of the machine has no account."""
        with self._database.read() as connection:
            return _is_reviewer(connection, actor)

    def require_release(
        self, dataset: str, compute_digest: Callable[[], str], owner: str = ""
    ) -> tuple[Approval, ...]:
        """The questions about what leaves; ApprovalRequired where it must wait for an answer.

        `compute_digest` gives the SHA-256 of the rows of a table or of several, and is asked only where it
        matters. The error names the run of `owner` that made them, if there is one.
        """
        known = (APPROVAL_RULES, APPROVALS)
        with self._database.read() as connection:
            if not any(_has_dataset(connection, one, dataset) for one in known):
                return ()
            is_required = _is_required(connection, dataset)
            digest = compute_digest()
            found = _list(connection, _is_about(dataset, digest))
            if is_required and not _is_released(found):
                raise _refuse(dataset, found, _find_run(connection, dataset, digest, owner))
        return found

    def refuse_unapprovable(self, dataset: str) -> None:
        """Raise ApprovalRequired for bulk tables, for which no approval can be asked: parts leave as made."""
        if self.is_required(dataset):
            raise _refuse_parts(dataset)


def tell_approvals(report: AnyReport, approvals: Sequence[Approval]) -> AnyReport:
    """The same report, its facts also saying who asked for the table, who decided, when, and why."""
    if not approvals:
        return report
    said = " ".join(map(str, approvals))
    return replace(report, facts=(*report.facts, ("Approval", said)))


def _is_released(found: Sequence[Approval]) -> bool:
    return any(one.state is ApprovalState.RELEASED for one in found)


def _refuse_parts(dataset: str) -> ApprovalRequired:
    return ApprovalRequired(
        f'The dataset "{dataset}" requires approval, which cannot be asked for bulk tables.',
        "generate tables without bulk and ask for their approval on their run, or ask an administrator to "
        "lift the requirement.",
    )


def _refuse(dataset: str, found: Sequence[Approval], run_id: str | None) -> ApprovalRequired:
    said = f'The dataset "{dataset}" requires approval before what was generated leaves.'
    if not found:
        run = f"run {run_id}" if run_id else "the run that made it"
        return ApprovalRequired(
            said, f"ask for its approval on the page of {run}, or with `runs ask {run_id or 'RUN'}`."
        )
    last = found[-1]
    if last.state is ApprovalState.ASKED:
        return ApprovalRequired(
            f"{said} {last.asked_by} has asked for it.", "wait for another person to decide."
        )
    return ApprovalRequired(
        f"{said} {last.decided_by} has rejected it.",
        f"read why, and ask again once it is mended: {last.answer}",
    )


def _is_reviewer(connection: Connection, actor: Actor) -> bool:
    if actor.is_local:
        return False
    query = select(USERS.c.id).where(USERS.c.name == actor.name, USERS.c.is_reviewer, USERS.c.is_active)
    return connection.execute(query).first() is not None


def _is_required(connection: Connection, dataset: str) -> bool:
    return _has_dataset(connection, APPROVAL_RULES, dataset)


def _has_dataset(connection: Connection, table: Any, dataset: str) -> bool:
    query = select(table.c.dataset).where(table.c.dataset == dataset).limit(1)
    return connection.execute(query).first() is not None


def _is_about(dataset: str, table_sha256: str) -> ColumnElement[bool]:
    return (APPROVALS.c.dataset == dataset) & (APPROVALS.c.table_sha256 == table_sha256)


def _find_run(connection: Connection, dataset: str, digest: str, owner: str) -> str | None:
    is_mine = (RUNS.c.dataset == dataset) & (RUNS.c.owner == owner) & RUNS.c.result.contains(digest)
    query = select(RUNS.c.id).where(is_mine).order_by(RUNS.c.created_at.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _list(connection: Connection, condition: ColumnElement[bool]) -> tuple[Approval, ...]:
    query = select(APPROVALS).where(condition).order_by(APPROVALS.c.number)
    return tuple(_read(row) for row in connection.execute(query))


def _read(row: Row[Any]) -> Approval:
    return Approval(**{**row._asdict(), "state": ApprovalState(row.state)})


def _quote(text: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{text}\N{RIGHT DOUBLE QUOTATION MARK}."
