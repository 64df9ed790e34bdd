"""Identity columns that draw from one set of people or accounts, such as the two sides of a payment.

An account that pays in one row is paid in another: new ones must meet again too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from pipeline.datasets.detection.findings import Finding
from pipeline.datasets.detection.repeated import repeat_equal
from pipeline.datasets.kinds import KINDS
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import Role

_KINDS = frozenset(kind.name for kind in KINDS.values() if kind.is_pooled)
_SHARED = 0.5  # of the values of the column with fewer stand in the other one too
_FEWEST = 10


def share_pools(findings: Mapping[str, Finding], table: pd.DataFrame) -> dict[str, Finding]:
    """The findings, with the option `pool` on columns that hold largely the same identifiers.

    A column that holds the same one as another in each row (option `same_as`) repeats it instead.
    """
    findings = repeat_equal(findings, table)
    values = {
        name: frozenset(as_text(pd.Series(table[name].dropna().unique())).str.strip())
        for name, one in findings.items()
        if one.role is Role.IDENTITY
        and one.kind in _KINDS
        and not one.is_unique
        and "same_as" not in one.options
    }
    found = dict(findings)
    for pool in _find_pools(findings, values):
        options = findings[pool[0]].options
        for name in pool:
            own = {key: value for key, value in found[name].options.items() if key == "missing_share"}
            common = {key: value for key, value in options.items() if key != "missing_share"}
            why = f"{found[name].why}; the same ones as in {_quote(pool, name)}"
            found[name] = replace(found[name], options={**common, **own, "pool": list(pool)}, why=why)
    return found


def _find_pools(
    findings: Mapping[str, Finding], values: Mapping[str, frozenset[str]]
) -> list[tuple[str, ...]]:
    pools: list[list[str]] = []
    for name, held in values.items():
        for pool in pools:
            is_alike = findings[pool[0]].kind == findings[name].kind
            if is_alike and _overlap(values[pool[0]], held):
                pool.append(name)
                break
        else:
            pools.append([name])
    return [tuple(pool) for pool in pools if len(pool) > 1]


def _overlap(first: frozenset[str], second: frozenset[str]) -> bool:
    common = len(first & second)
    return common >= max(_FEWEST, _SHARED * min(len(first), len(second)))


def _quote(pool: Sequence[str], name: str) -> str:
    return ", ".join(f'"{other}"' for other in pool if other != name)
