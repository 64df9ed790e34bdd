"""A table explained to an auditor: what it is, what was checked, what the figures mean; no statistics."""

from __future__ import annotations

from pipeline.datasets.columns import Learned
from pipeline.evaluation.headline import Headline
from pipeline.evaluation.results import Evaluation, Privacy, Validity, Verdict
from pipeline.reports.wording import VERDICT_WORDS, count, percent


def explain_to_auditor(evaluation: Evaluation, learned: Learned, headline: Headline) -> str:
    """One paragraph of plain sentences that ends with the verdict; what was not measured is not mentioned."""
    sentences = [
        f"The table has {count(evaluation.rows, 'row')}, all of them invented: none was taken from the real "
        "sample.",
        _tell_columns(learned),
        _tell_rules(evaluation.validity),
        _tell_overlap(evaluation.privacy),
        _tell_copies(evaluation.privacy),
        f"The verdict is {VERDICT_WORDS[headline.verdict].lower()}: {headline.reason} {headline.next_step}",
    ]
    return " ".join(filter(None, sentences))


def _tell_columns(learned: Learned) -> str:
    derived = len(learned.derived) + len(learned.replaced)
    others = (
        f" {count(derived, 'column')} identify people or hold free text and were invented by rules."
        if derived
        else ""
    )
    return (
        f"A model learned from the real sample how {count(len(learned.modelled), 'column')} are distributed "
        f"and go together, and drew new values.{others}"
    )


def _tell_rules(validity: Validity) -> str:
    broken = len(validity.failures)
    if not validity.rules:
        return ""
    if broken:
        return f"{broken} of the {count(len(validity.rules), 'rule')} for valid values are broken."
    return (
        f"Every row was checked against {count(len(validity.rules), 'rule')} for valid values, and all hold."
    )


def _tell_overlap(privacy: Privacy) -> str:
    if not privacy.overlap:
        return ""
    rows = sum(privacy.overlap.values())
    if rows:
        return f"In {count(rows, 'case')} an identifying value is that of a real person, which must not be."
    return (
        "No value that identifies a person equals one of the real sample; each was compared with all of them."
    )


def _tell_copies(privacy: Privacy) -> str:
    """Why rows that agree with real ones need not be anybody's."""
    share, chance = privacy.copies_share, privacy.baseline_share
    if share is None or chance is None:
        return ""
    if not share:
        return "No row agrees with a real one in all learned columns."
    agree = f"{percent(share)} of the rows agree with a real one in all learned columns"
    told = f"{agree}; of other real rows, which the model never saw, {percent(chance)} do."
    measured = [one.verdict for one in privacy.measures if one.name == "exact_copies"]
    if any(verdict is not Verdict.PASS for verdict in measured):
        return f"{told} That is more than chance explains and has to be looked at."
    return (
        f"{told} The learned columns have so few combinations that rows agree by chance, and a row that many "
        "people could have points at none."
    )
