"""What the evidence of a table means for its export: what blocks it, and which warnings must be accepted."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import ExportError
from pipeline.evaluation.privacy.real_codes import NAME as CODES
from pipeline.evaluation.privacy.real_codes import REMEDY
from pipeline.evaluation.results import Evaluation, Privacy, PrivacyFinding, Verdict
from pipeline.evaluation.validity.check import require_valid

_COPIES = frozenset({"exact_copies", "lone_rows_found", "identity_combinations", "real_codes"})
"""Measures of verbatim copies: where they fail, the table contains a real person or number."""


@dataclass(frozen=True)
class ExportCheck:
    """Sentences on why a table must not be exported, and the warnings where it may."""

    obstacles: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether nothing blocks the export."""
        return not self.obstacles


def check_export(measured: Evaluation) -> ExportCheck:
    """An invalid record, a real identity value or copied people block an export; all else warns."""
    invalid = tuple(
        f'"{rule.column}" breaks the rule {rule.rule} in {rule.failed:,} of {rule.checked:,} rows.'
        for rule in measured.validity.failures
    )
    leaks = tuple(
        f'{count:,} rows repeat a real value of "{column}".'
        for column, count in measured.privacy.overlap.items()
        if count
    )
    measures = measured.privacy.measures
    copies = tuple(found.sentence for found in measures if _blocks(found))
    warnings = tuple(found.sentence for found in measures if _warns(found))
    return ExportCheck(invalid + leaks + copies, warnings)


def require_exportable(measured: Evaluation) -> None:
    """Raise ExportError where a record is invalid, or the table repeats real identity values or rows."""
    require_valid(measured.validity)
    check = check_export(measured)
    if not check.is_open:
        raise ExportError(" ".join(check.obstacles), _find_remedy(measured.privacy, check))


def _find_remedy(privacy: Privacy, check: ExportCheck) -> str:
    """What to do next: declare a column where codes alone are in the way, else report the table."""
    codes = tuple(found.sentence for found in privacy.measures if found.name == CODES)
    if check.obstacles == codes:
        return REMEDY
    return "do not use this table; report the dataset and the seed."


def _blocks(found: PrivacyFinding) -> bool:
    return found.verdict is Verdict.FAIL and found.name in _COPIES


def _warns(found: PrivacyFinding) -> bool:
    is_found = found.verdict in (Verdict.LOOK, Verdict.FAIL)
    return is_found and found.name != "identity_overlap" and not _blocks(found)
