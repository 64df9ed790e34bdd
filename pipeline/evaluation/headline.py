"""The one verdict of a table: what every page, file, header and command says of it first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pipeline.evaluation.figure import UNTELLING, Figure
from pipeline.evaluation.headline_words import (
    DETECTED,
    HEAPED,
    INVALID,
    LITTLE_TAUGHT,
    LOW_SCORES,
    PASSED,
    REAL_VALUES,
    WORSE,
    Advice,
    advise_on_privacy,
)
from pipeline.evaluation.results import Evaluation, Privacy, Verdict
from pipeline.evaluation.shortfalls import decide_detection, decide_utility, is_below_floor, list_low_scores


@dataclass(frozen=True)
class Headline:
    """What to do about a table: the verdict, why, what next, the figure, and every finding in full.

    `reason` and `next_step` are one plain sentence each, about the gravest finding.
    """

    verdict: Verdict
    reason: str
    next_step: str
    figure: Figure
    findings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**self.as_brief(), "findings": list(self.findings)}

    def as_brief(self) -> dict[str, Any]:
        """Plain JSON values without the findings, for what lists them elsewhere."""
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "next_step": self.next_step,
            "figure": self.figure.as_dict(),
        }


@dataclass(frozen=True)
class Finding:
    """One thing that was found: how grave it is, what to say of it first, and its full sentences."""

    verdict: Verdict
    advice: Advice
    sentences: tuple[str, ...]


def compute_headline(measured: Evaluation) -> Headline:
    """The verdict of a table by everything that was measured of it."""
    return conclude(list_findings(measured), compute_figure(measured))


def conclude(findings: Iterable[Finding], figure: Figure) -> Headline:
    """The headline of what was found: the gravest finding is said, the first of equally grave ones."""
    found = tuple(findings)
    sentences = tuple(sentence for one in found for sentence in one.sentences)
    if found:
        gravest = max(found, key=lambda one: list(Verdict).index(one.verdict))
        advice = gravest.advice
        return Headline(gravest.verdict, advice.reason, advice.next_step, figure, sentences)
    cannot_tell = figure.score is not None and figure.ceiling is not None and not figure.can_tell
    reason = f"{PASSED.reason[:-1]}; its quality {UNTELLING}." if cannot_tell else PASSED.reason
    return Headline(Verdict.PASS, reason, PASSED.next_step, figure)


def wait(headline: Headline, hint: str) -> Headline:
    """The headline of a table that must not leave yet: `hint` says what comes before it is shared."""
    if headline.next_step != PASSED.next_step:
        return headline
    return replace(headline, next_step=f"{hint[:1].upper()}{hint[1:]}")


def compute_figure(measured: Evaluation) -> Figure:
    """The score at equal rows between its ends; that of all rows where there are none."""
    baselines = measured.baselines
    if baselines is None or baselines.overall.score is None:
        return Figure(measured.quality.score)
    overall = baselines.overall
    return Figure(overall.score, overall.floor, overall.ceiling, baselines.chance)


def list_findings(measured: Evaluation) -> Iterator[Finding]:
    """Validity first, then privacy, then likeness."""
    yield from list_grave(measured)
    yield from list_likeness(measured)


def list_grave(measured: Evaluation) -> Iterator[Finding]:
    """What must not be in a table: rows that break rules, and real people."""
    if failures := measured.validity.failures:
        told = tuple(
            f'"{rule.column}" breaks the rule {rule.rule} in {rule.failed:,} of {rule.checked:,} rows.'
            for rule in failures
        )
        yield Finding(Verdict.FAIL, INVALID, told)
    yield from _list_privacy(measured.privacy)


def list_likeness(measured: Evaluation) -> Iterator[Finding]:
    """What is less like the real table than it should be."""
    baselines, detection, utility = measured.baselines, measured.detection, measured.utility
    low = [] if baselines is None else list_low_scores(baselines)
    if baselines is not None and low:
        is_worse = is_below_floor(baselines)
        told = baselines.finding if is_worse else _capitalise(" and ".join(low))
        yield Finding(Verdict.LOOK, WORSE if is_worse else LOW_SCORES, (told,))
    if measured.heaps:
        worst = max(measured.heaps, key=lambda one: one.share - one.real_share)
        advice = Advice(worst.finding, HEAPED)
        yield Finding(Verdict.LOOK, advice, tuple(one.finding for one in measured.heaps))
    if detection is not None and decide_detection(detection) is Verdict.LOOK:
        yield Finding(Verdict.LOOK, DETECTED, (detection.finding,))
    if utility is not None and decide_utility(utility) is Verdict.LOOK:
        yield Finding(Verdict.LOOK, LITTLE_TAUGHT, (utility.finding,))


def _list_privacy(privacy: Privacy) -> Iterator[Finding]:
    repeated = {column: rows for column, rows in privacy.overlap.items() if rows}
    if repeated:
        told = tuple(f'{rows:,} rows repeat a real value of "{name}".' for name, rows in repeated.items())
        yield Finding(Verdict.FAIL, REAL_VALUES, told)
    found = [one for one in privacy.measures if one.name != "identity_overlap"]
    striking = [one for one in found if one.verdict not in (None, Verdict.PASS)]
    for one in striking:
        verdict = one.verdict or Verdict.LOOK
        yield Finding(verdict, advise_on_privacy(one.name, verdict), (one.sentence,))
    if not repeated and not striking and privacy.verdict is not Verdict.PASS:
        yield Finding(privacy.verdict, advise_on_privacy("", privacy.verdict), privacy.findings)


def _capitalise(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
