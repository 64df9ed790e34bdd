"""Several generated tables with their evidence, and what may stop their export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import starmap
from typing import TYPE_CHECKING, Any

from pipeline.datasets.rules.check import RuleCheck
from pipeline.errors import ExportError
from pipeline.evaluation.as_json import as_dict
from pipeline.evaluation.export_check import ExportCheck, check_export
from pipeline.evaluation.figure import average
from pipeline.evaluation.headline import (
    Finding,
    Headline,
    compute_figure,
    conclude,
    list_grave,
    list_likeness,
)
from pipeline.evaluation.headline_words import (
    BROKEN_KEYS,
    BROKEN_RULES,
    COPIED_RELATIONS,
    UNLIKE_COUNTS,
    UNLIKE_RELATIONS,
    Advice,
    advise_several,
)
from pipeline.evaluation.related.as_json import as_dict as related_as_dict
from pipeline.evaluation.related.results import KeyCheck, RelationDetection, RelationEvidence
from pipeline.evaluation.results import Evaluation, Verdict, find_worst

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.datasets.columns import Learned
    from pipeline.datasets.related.dataset import RelatedDataset
    from pipeline.models.related.assembly import RelatedRequest, RelatedSample
    from pipeline.models.related.model import RelatedModelInfo


@dataclass(frozen=True)
class RelatedTraining:
    """The outcome of a request for a fitted model of several tables; `seconds` is what this request took."""

    model: str
    synthesizer: str
    epochs: int
    seconds: float
    reused: bool
    was_stopped: bool = False


@dataclass(frozen=True)
class RelatedEvidence:
    """What was measured of several tables: each by itself, their relations, keys and rules."""

    tables: Mapping[str, Evaluation]
    relations: tuple[RelationEvidence, ...]
    keys: tuple[KeyCheck, ...]
    rules: tuple[RuleCheck, ...]

    @property
    def quality(self) -> float | None:
        """The mean quality of the tables that have one, 0–1: the figure of the headline."""
        return average(map(compute_figure, self.tables.values())).score

    @property
    def privacy(self) -> Verdict:
        """The gravest verdict of all tables."""
        return find_worst(one.privacy.verdict for one in self.tables.values())

    @property
    def is_valid(self) -> bool:
        """Whether every key, every confirmed rule and every rule of a column holds in every row."""
        is_kept = not any(one.failed for one in self.keys) and all(one.is_kept for one in self.rules)
        return is_kept and all(one.validity.is_valid for one in self.tables.values())

    def check(self) -> ExportCheck:
        """What stops an export, and which warnings must be accepted; each names its table."""
        found = {name: check_export(one) for name, one in self.tables.items()}
        broken = [_describe_key(one) for one in self.keys if one.failed]
        broken += [_describe_rule(one) for one in self.rules if one.failed]
        obstacles = [f"{name}: {text}" for name, one in found.items() for text in one.obstacles]
        warnings = [f"{name}: {text}" for name, one in found.items() for text in one.warnings]
        return ExportCheck((*broken, *obstacles), (*warnings, *self._list_copying()))

    @property
    def headline(self) -> Headline:
        """What to do about these tables, why, and what next; the figure is the mean of the tables."""
        return conclude(self._list_findings(), average(map(compute_figure, self.tables.values())))

    @property
    def verdict(self) -> Verdict:
        """The verdict of the headline."""
        return self.headline.verdict

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the verdict is not PASS, in sentences."""
        return self.headline.findings

    def _list_findings(self) -> Iterator[Finding]:
        """Keys and rules first, then tables, then relations: each kind under the name of its worst."""
        if broken := sorted((one for one in self.keys if one.failed), key=lambda one: -one.failed):
            yield _name(broken[0].table, Verdict.FAIL, BROKEN_KEYS, map(_describe_key, broken))
        if failed := sorted((one for one in self.rules if one.failed), key=lambda one: -one.failed):
            yield _name(failed[0].rule.table, Verdict.FAIL, BROKEN_RULES, map(_describe_rule, failed))
        yield from self._list_tables()
        if copying := self._find_relations(_may_copy):
            worst = min(copying, key=lambda one: _read_auc(one[1]))
            yield _name(worst[0], Verdict.LOOK, COPIED_RELATIONS, starmap(_describe_relation, copying))
        if striking := self._find_relations(lambda one: one.is_striking and not _may_copy(one)):
            worst = max(striking, key=lambda one: _read_auc(one[1]))
            yield _name(worst[0], Verdict.LOOK, UNLIKE_RELATIONS, starmap(_describe_relation, striking))
        for one in self.relations:
            if counted := list(one.list_unlike_counts()):
                yield _name(one.relation, Verdict.LOOK, UNLIKE_COUNTS, counted)

    def _list_tables(self) -> Iterator[Finding]:
        """What must not be in any table first, then what is least alike; of either the worst table first."""
        ranked = sorted(self.tables.items(), key=lambda one: _rank(one[1]))
        for list_kind in (list_grave, list_likeness):
            for name, measured in ranked:
                for one in list_kind(measured):
                    told = (f"{name}: {sentence}" for sentence in one.sentences)
                    yield _name(name, one.verdict, one.advice, told)

    def _list_copying(self) -> tuple[str, ...]:
        return tuple(starmap(_describe_relation, self._find_relations(_may_copy)))

    def _find_relations(
        self, is_wanted: Callable[[RelationDetection], bool]
    ) -> list[tuple[str, RelationDetection]]:
        return [
            (one.relation, found)
            for one in self.relations
            for found in (one.with_parent, one.with_siblings)
            if is_wanted(found)
        ]

    def require_exportable(self) -> None:
        """Raise ExportError where a key, a rule or a record is broken, or a table repeats real people."""
        check = self.check()
        if not check.is_open:
            raise ExportError(
                " ".join(check.obstacles), "do not use these tables; report the dataset and the seed."
            )

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        headline = self.headline
        return {
            **headline.as_brief(),
            "reasons": list(headline.findings),
            "tables": {name: as_dict(one) for name, one in self.tables.items()},
            **related_as_dict(self.relations, self.keys),
            "rules": [
                {
                    "kind": one.rule.kind,
                    "table": one.rule.table,
                    "columns": list(one.rule.columns),
                    "relation": one.rule.relation or None,
                    "checked": one.checked,
                    "failed": one.failed,
                }
                for one in self.rules
            ],
        }


@dataclass(frozen=True)
class RelatedGeneration:
    """Several generated tables with their evidence; `seconds` by stage."""

    dataset: RelatedDataset
    model: RelatedModelInfo
    request: RelatedRequest
    sample: RelatedSample
    evidence: RelatedEvidence
    seconds: Mapping[str, float]
    reused: bool

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name, typed, parents before children."""
        return self.sample.tables

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(table) for name, table in self.tables.items()}

    @property
    def as_of(self) -> date:
        """The date from which ages and expiries count."""
        return self.request.as_of

    @property
    def learned(self) -> Mapping[str, Learned]:
        """Which columns of each table were learned, and what became of the others; public tables are not."""
        return self.dataset.describe().learned

    @property
    def headline(self) -> str:
        """How many columns of all tables are learned, and which are replaced by invented text."""
        return self.dataset.describe().headline

    @property
    def filename(self) -> str:
        """A name without ending that differs for two different sets of tables."""
        request = self.request
        return (
            f"{self.model.dataset}-scale{request.scale:g}-seed{request.seed}"
            f"-{request.as_of.isoformat()}-{self.model.id}"
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: the verdict, where the tables come from, and their sizes."""
        from pipeline.reports.notebook import show_verdict

        request = self.request
        facts = {
            "order": f"scale {request.scale:g}, seed {request.seed}, as of {request.as_of.isoformat()}",
            "model": f"{self.model.id} ({self.model.recipe.synthesizer})",
        }
        rows = [(name, f"{count:,}") for name, count in self.rows.items()]
        title = self.dataset.schema.title
        return show_verdict(title, self.evidence.headline, facts, ("table", "rows"), rows)


def compute_digest(tables: Mapping[str, pd.DataFrame]) -> str:
    """The same 64 hexadecimal digits for the same rows of the same tables."""
    digest = hashlib.sha256()
    for name, table in tables.items():
        digest.update(f"{name}\n".encode())
        digest.update(table.to_csv(index=False).encode())
    return digest.hexdigest()


def _may_copy(found: RelationDetection) -> bool:
    return found.is_copying or found.may_be_copying


def _name(name: str, verdict: Verdict, advice: Advice, told: Iterable[str]) -> Finding:
    """A finding whose reason names the table or the relation that it is about."""
    said = advise_several(advice)
    return Finding(verdict, replace(said, reason=f"{name}: {said.reason}"), tuple(told))


def _rank(measured: Evaluation) -> float:
    """How like its real table a table is, the least like first: how far below its floor, or from it."""
    figure = compute_figure(measured)
    if figure.is_below_floor and figure.score is not None and figure.floor is not None:
        return figure.score - figure.floor
    return 1.0 if figure.place is None else figure.place


def _read_auc(found: RelationDetection) -> float:
    return found.auc.value if found.auc else 0.5


def _describe_relation(relation: str, found: RelationDetection) -> str:
    return f"{relation} {found.joined}: {found.finding}"


def _describe_key(check: KeyCheck) -> str:
    columns = ", ".join(check.columns)
    counts = f"{check.failed:,} of {check.checked:,} rows"
    return f"{check.table}: the {check.kind} key {columns} is broken in {counts}."


def _describe_rule(check: RuleCheck) -> str:
    rule = check.rule
    return (
        f"{rule.table}: the rule {rule.kind} of {', '.join(rule.columns)} is broken in {check.failed:,} of "
        f"{check.checked:,} rows."
    )


@dataclass(frozen=True)
class DatabaseLoad:
    """Tables in a database, or what would go there: `counts` are the rows of each table.

    `statements` are what would be done, in the dialect of the database; `database`, without its password, is
    where the rows are, empty where nothing was loaded. `findings` say what was adjusted in the rows.
    """

    counts: Mapping[str, int]
    findings: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    database: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        where = {"database": self.database} if self.database else {"statements": list(self.statements)}
        return {**where, "counts": dict(self.counts), "findings": list(self.findings)}
