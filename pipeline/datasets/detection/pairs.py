"""Categories that go one to one with an identity column: short codes of the same people or devices.

A short code such as E07 says nothing by itself. Where it goes with one user name in all rows, and that user
name with no other code, both name the same person, and both must be derived together.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.datasets.detection.findings import Finding, identity
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.texts import share_of
from pipeline.datasets.entity_codes import Codes, code, determines
from pipeline.datasets.kinds import tells_apart
from pipeline.datasets.spec import ModelledType, Role

FEWEST_PAIRED = 10
"""Fewer values are a list whose codes and names go together, such as currencies."""

_CODE = re.compile(r"(?=.*\d)[^\W_](?:[-/._: ]?[^\W_])*")
_CODE_SHARE = 0.9  # of the distinct texts


def pair(
    findings: Mapping[str, Finding], table: pd.DataFrame, public: Collection[str] = ()
) -> dict[str, Finding]:
    """The findings, with codes that go one to one with an identity column as identities too.

    Words that do so stay what they are, with a doubt.
    """
    anchors = [code(table[name]) for name, one in findings.items() if _may_anchor(one)]
    anchors = [one for one in anchors if FEWEST_PAIRED <= one.distinct < int(one.is_present.sum())]
    paired = dict(findings)
    for name, finding in findings.items():
        if finding.kind == ModelledType.CATEGORICAL and name not in public and anchors:
            anchor = find_partner(code(table[name]), anchors)
            paired[name] = finding if anchor is None else _as_partner(finding, table[name], anchor)
    return paired


def find_partner(codes: Codes, others: Sequence[Codes]) -> Codes | None:
    """The first column whose values go one to one with those of another; None where there is none."""
    if codes.distinct < FEWEST_PAIRED:
        return None
    return next(
        (one for one in others if determines(codes, one) and determines(one, codes)),
        None,
    )


def _may_anchor(finding: Finding) -> bool:
    return finding.role is Role.IDENTITY and not finding.is_unique and tells_apart(finding.kind)


def _as_partner(finding: Finding, values: pd.Series, anchor: Codes) -> Finding:
    profile = Profile.of(values)
    if share_of(profile.texts, _CODE.fullmatch) < _CODE_SHARE:
        return replace(
            finding,
            why=f'{finding.why}; each goes with one value of "{anchor.name}" and no other',
            alternatives=("text", *(other for other in finding.alternatives if other != "text")),
        )
    why = f'{len(profile.distinct):,} distinct codes, each with one value of "{anchor.name}" and no other'
    return identity(profile, "code", f"{why}: an identifier that repeats", ("categorical",))
