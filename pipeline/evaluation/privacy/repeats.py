"""Whose rows does a table repeat? Training rows that come back, against holdout rows that do.

The split into training and holdout rows is random, and a synthesizer sees one side only. One that
favours common rows repeats them on both sides alike; one that memorised rows repeats the
training side more. Several exports of one dataset are evaluated by what they repeat together and, as
one table is, by the rows among these that stand alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.errors import EvaluationError
from pipeline.evaluation.privacy.copies import RowKeys
from pipeline.evaluation.privacy.intervals import Interval, bound_excess, bound_share, most_by_chance
from pipeline.evaluation.privacy.singletons import evaluate_repeated_singletons
from pipeline.evaluation.privacy.verdicts import (
    CHANCE_WORDS,
    FISHER,
    RISK_LIMIT,
    decide_verdict,
    not_measured,
    tell_shares,
    worst,
)
from pipeline.evaluation.results import PrivacyFinding, Verdict

_TOGETHER = "repeated_exports"


@dataclass(frozen=True)
class ExportRecord:
    """Which real rows one export repeats, as bits by row position: no value, no hash of a value.

    Bits are packed (`numpy.packbits`) in row order of the split and written in hexadecimal, so that
    a record is text of a quarter of the rows in length. It belongs in the workbench's own store and
    never beside the data, since it shows which real rows can be found.
    """

    dataset_fingerprint: str
    rows: int
    training_rows: int
    holdout_rows: int
    training_bits: str
    holdout_bits: str


def record_export(keys: RowKeys, dataset_fingerprint: str) -> ExportRecord:
    """Note which training and holdout rows the synthetic rows repeat."""
    return ExportRecord(
        dataset_fingerprint,
        len(keys.synthetic),
        len(keys.training),
        len(keys.holdout),
        _pack(np.isin(keys.training, keys.synthetic)),
        _pack(np.isin(keys.holdout, keys.synthetic)),
    )


def evaluate_repeats(keys: RowKeys) -> PrivacyFinding:
    """Evaluate one table by the real rows that it repeats."""
    return _evaluate("training_rows_repeated", [record_export(keys, "")], "This table repeats")


def compare_exports(previous: Sequence[ExportRecord], new: ExportRecord, real: RowKeys) -> PrivacyFinding:
    """Evaluate all exports of a dataset together: the real rows that at least one of them repeats.

    `real` numbers the training and holdout rows. The graver counts: training rows against holdout rows, or
    real rows that stand alone against chance. Raises EvaluationError where a record belongs to another
    dataset or another split.
    """
    records = [*previous, new]
    _require_one_origin(records)
    _require_same_split(new, real)
    several = f"{len(records):,} exports together"
    together = f"{several} repeat" if previous else "The only export so far repeats"
    found = _evaluate(_TOGETHER, records, together)
    lone = _evaluate_lone(records, real, f"in {several}" if previous else "in the only export so far")
    return found if worst([found, lone]) is worst([found]) else lone


def join_records(first: ExportRecord, second: ExportRecord) -> ExportRecord:
    """What two parts of one table repeat between them; `rows` are those of both.

    Raises EvaluationError where they belong to different real rows.
    """
    _require_one_origin([first, second])
    return replace(
        first,
        rows=first.rows + second.rows,
        training_bits=_unite([first.training_bits, second.training_bits]).tobytes().hex(),
        holdout_bits=_unite([first.holdout_bits, second.holdout_bits]).tobytes().hex(),
    )


def _require_one_origin(records: Sequence[ExportRecord]) -> None:
    if len({_origin(record) for record in records}) > 1:
        raise EvaluationError(
            "The records of earlier exports belong to other rows of the dataset.",
            "compare exports of one dataset fingerprint only.",
        )


def _require_same_split(record: ExportRecord, real: RowKeys) -> None:
    if (record.training_rows, record.holdout_rows) != (len(real.training), len(real.holdout)):
        raise EvaluationError(
            "The records of exports belong to another split of the dataset.",
            "compare exports with the training and holdout rows that they were noted with.",
        )


def _evaluate_lone(records: Sequence[ExportRecord], real: RowKeys, place: str) -> PrivacyFinding:
    is_found = np.concatenate(
        [
            _unpack([record.training_bits for record in records], len(real.training)),
            _unpack([record.holdout_bits for record in records], len(real.holdout)),
        ]
    )
    drawn = sum(record.rows for record in records)
    return replace(evaluate_repeated_singletons(real, is_found, drawn, place), name=_TOGETHER)


def _origin(record: ExportRecord) -> tuple[str, int, int]:
    return record.dataset_fingerprint, record.training_rows, record.holdout_rows


def _pack(is_repeated: np.ndarray) -> str:
    return np.packbits(is_repeated).tobytes().hex()


def _count(records: Sequence[str]) -> int:
    """Rows that at least one of the records holds."""
    return int(np.unpackbits(_unite(records)).sum())


def _unpack(records: Sequence[str], rows: int) -> np.ndarray:
    """Which of `rows` rows at least one of the records holds."""
    return np.unpackbits(_unite(records), count=rows).astype(bool)


def _unite(records: Sequence[str]) -> np.ndarray:
    union: np.ndarray = np.bitwise_or.reduce(
        [np.frombuffer(bytes.fromhex(bits), dtype=np.uint8) for bits in records]
    )
    return union


def _evaluate(name: str, records: Sequence[ExportRecord], beginning: str) -> PrivacyFinding:
    training_rows, holdout_rows = records[0].training_rows, records[0].holdout_rows
    if not training_rows or not holdout_rows or not sum(record.rows for record in records):
        reason = "it takes training, holdout and synthetic rows"
        return not_measured(name, "The share of training rows that are repeated", reason)
    training = _count([record.training_bits for record in records])
    holdout = _count([record.holdout_bits for record in records])
    limit = most_by_chance(training_rows, holdout, holdout_rows)
    main, control = bound_share(training, training_rows), bound_share(holdout, holdout_rows)
    verdict = _verdict(training, limit, main, control)
    sentence = (
        f"{beginning} {training:,} of {training_rows:,} training rows ({main.value:.1%}) and {holdout:,} of "
        f"{holdout_rows:,} holdout rows ({control.value:.1%}): {CHANCE_WORDS[verdict]}."
    )
    method = (
        f"at most {limit:,} training rows by chance, {FISHER}; difference "
        f"{tell_shares(bound_excess(main, control))}"
    )
    return PrivacyFinding(
        name, verdict, *main, control.value, limit / training_rows, sentence, RISK_LIMIT, _LIMIT_ON, method
    )


def _verdict(training: int, limit: int, main: Interval, control: Interval) -> Verdict:
    """Fisher's test decides whether to look; how much is repeated decides whether the table fails."""
    if training <= limit:
        return Verdict.PASS
    return decide_verdict(bound_excess(main, control).low, -1.0, RISK_LIMIT)


_LIMIT_ON = "look by the value, fail by the lower bound of the excess"
