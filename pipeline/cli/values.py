"""What options of the command line become: dates, shares, reports, roles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import DataError

if TYPE_CHECKING:
    from pipeline.reports import ReportFormat
    from pipeline.workbench.workbench import Workbench
if TYPE_CHECKING:
    from pipeline.access.accounts import AccountRole


def parse_date(text: str | None) -> date | None:
    """An ISO date; DataError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f'--as-of: "{text}" is not a date.', "write it as YYYY-MM-DD.") from error


def plan_reports(workbench: Workbench, html: Path | None, word: Path | None) -> list[Path]:
    """Where reports go; DataError, before anything slow, for a wrong ending or a folder that is not there."""
    from pipeline.reports import ReportFormat

    asked = (("--html", html, ReportFormat.HTML), ("--word", word, ReportFormat.WORD))
    found = [(option, path, fmt) for option, path, fmt in asked if path is not None]
    for option, path, fmt in found:
        if workbench.evidence.plan_report(path) is not fmt:
            raise DataError(
                f'{option}: "{path.name}" names another kind of file.', f"let its name end in {fmt.suffix}."
            )
    return [path for _, path, _ in found]


def choose_reports(is_html: bool, is_word: bool) -> list[ReportFormat]:
    """The formats of the reports beside a generated file."""
    from pipeline.reports import ReportFormat

    asked = {ReportFormat.HTML: is_html, ReportFormat.WORD: is_word}
    return [fmt for fmt, is_asked in asked.items() if is_asked]


def parse_shares(texts: Sequence[str] | None) -> dict[str, dict[Any, float]]:
    """`gender=Female:0.5` entries as column → category → share; DataError names the entry that is wrong."""
    shares: dict[str, dict[Any, float]] = {}
    for text in texts or ():
        column, equals, rest = text.partition("=")
        value, colon, fraction = rest.rpartition(":")
        number = _to_fraction(fraction)
        if not (column and equals and value and colon) or number is None:
            raise DataError(
                f'--share: "{text}" cannot be understood.',
                "write COLUMN=VALUE:FRACTION with a fraction from 0 to 1, for example gender=Female:0.5.",
            )
        if value in shares.setdefault(column, {}):
            raise DataError(f"--share: {column}={value} was given twice.", "give each category one share.")
        shares[column][value] = number
    return shares


def _to_fraction(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def parse_role(text: str) -> AccountRole:
    """A role by its name; DataError for any other word."""
    from pipeline.access.accounts import AccountRole

    try:
        return AccountRole(text.lower())
    except ValueError as error:
        raise DataError(f'There is no role "{text}".', f"choose one of {', '.join(AccountRole)}.") from error
