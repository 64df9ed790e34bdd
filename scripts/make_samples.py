"""Make the built-in samples again, byte for byte: `python -m scripts.make_samples`.

Modelled columns are drawn from published figures (see `sample_facts`), with the dependence that
they imply; identity columns are derived like those of any generated table. They contain no real person.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.datasets import features
from pipeline.datasets.parsing import as_text
from pipeline.datasets.spec import SPEC_FILE, DatasetSpec, Role
from pipeline.datasets.spec_file import load_spec
from pipeline.identity import IdentityRequest, derive
from pipeline.settings import PROJECT_ROOT, IdentityOptions
from scripts import sample_facts as facts

ROWS = 2_500
AS_OF = date(2026, 1, 1)
EMPLOYEE_SEED = 20_260_101
PCI_SEED = 20_260_102

_MAIN_LINE_SHARE = 0.8  # of a state's staff work in its main line of business
_AGE_TILT = 0.008  # by how much a year of median age moves the age groups, per year of distance


def main() -> None:
    """Write both samples into their folders."""
    write_sample(PROJECT_ROOT / "content", PROJECT_ROOT / "content")
    write_sample(PROJECT_ROOT / "content2", PROJECT_ROOT / "content2")


def write_sample(source: Path, target: Path) -> Path:
    """Draw the table that `source`/dataset.yaml describes and write it to `target`; give its path."""
    spec = load_spec(source / SPEC_FILE)
    draw, seed = {"employee": (draw_employees, EMPLOYEE_SEED), "pci": (draw_cards, PCI_SEED)}[spec.name]
    rng = np.random.default_rng(seed)
    table = _assemble(spec, draw(rng, ROWS), seed, rng)
    path = target / f"{spec.table}.csv"
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path


def draw_employees(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Blood group, gender, state and age of staff: the state decides ethnic mix and line of business."""
    names = np.array(list(facts.STATES))
    people = np.array([row[0] for row in facts.STATES.values()], dtype=float)
    states = rng.choice(len(names), rows, p=people / people.sum())
    industries = _draw_industries(rng, names[states])
    women = np.array([women for _, women, _ in facts.INDUSTRIES.values()])
    return pd.DataFrame(
        {
            "blood_group": _draw_blood_groups(rng, states),
            "gender": np.where(rng.random(rows) < women[industries], "Female", "Male"),
            "state": names[states],
            "age": _draw_ages(rng, industries),
        }
    )


def draw_cards(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Network and months to expiry of cards: terms and re-issues differ by network."""
    names = np.array(list(facts.NETWORK_SHARES))
    shares = np.array(list(facts.NETWORK_SHARES.values()))
    networks = rng.choice(len(names), rows, p=shares / shares.sum())
    terms, waves, since = (
        np.array(column)[networks] for column in zip(*map(facts.CARD_TERMS.get, names), strict=True)
    )
    steady = np.floor(rng.random(rows) * terms)
    reissued = np.rint(rng.normal(since, 2.0))
    issued = np.where(rng.random(rows) < waves, reissued, steady)
    months = np.clip(terms - issued, 1, terms).astype(np.int64)
    return pd.DataFrame({"months_to_expiry": months, "card_provider": names[networks]})


def _draw_blood_groups(rng: np.random.Generator, states: np.ndarray) -> np.ndarray:
    mixes = np.array([row[1:] for row in facts.STATES.values()], dtype=float)
    by_group = np.array([facts.BLOOD_GROUPS_BY_ETHNIC_GROUP[group] for group in facts.ETHNIC_GROUPS])
    return np.array(facts.BLOOD_GROUPS)[_draw_rows(rng, (mixes @ by_group)[states])]


def _draw_industries(rng: np.random.Generator, states: np.ndarray) -> np.ndarray:
    names = list(facts.INDUSTRIES)
    main_of = {
        state: names.index(industry) for industry, group in facts.MAIN_INDUSTRY.items() for state in group
    }
    national = np.array([share for share, _, _ in facts.INDUSTRIES.values()])
    elsewhere = rng.choice(len(names), len(states), p=national / national.sum())
    is_main = rng.random(len(states)) < _MAIN_LINE_SHARE
    return np.where(is_main, [main_of[state] for state in states], elsewhere)


def _draw_ages(rng: np.random.Generator, industries: np.ndarray) -> np.ndarray:
    first, last, percent = (np.array(column) for column in zip(*facts.AGE_GROUPS, strict=True))
    medians = np.array([median for _, _, median in facts.INDUSTRIES.values()])
    distance = (first + last) / 2 - facts.MEDIAN_AGE
    weights = percent * np.exp(_AGE_TILT * np.outer(medians - facts.MEDIAN_AGE, distance))
    groups = _draw_rows(rng, weights[industries])
    return rng.integers(first[groups], last[groups] + 1)


def _draw_rows(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """One category for each row of weights."""
    cumulative = np.cumsum(weights, axis=1)
    return (rng.random(len(weights))[:, None] * cumulative[:, -1:] > cumulative).sum(axis=1)


def _assemble(spec: DatasetSpec, modelled: pd.DataFrame, seed: int, rng: np.random.Generator) -> pd.DataFrame:
    rendered = features.render(spec, modelled, AS_OF, rng)
    columns = tuple(item for item in spec.columns if item.role is Role.IDENTITY and item.name not in rendered)
    request = IdentityRequest(columns, modelled, seed, AS_OF, IdentityOptions(), {})
    values = {**rendered, **derive(request)}
    return pd.DataFrame({column.name: as_text(pd.Series(values[column.name])) for column in spec.columns})


if __name__ == "__main__":
    main()
