"""Names of invented people, drawn from Faker's pools; the real sample plays no part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.datasets.person_names import weigh_names
from pipeline.errors import SamplingError
from pipeline.identity.task import ColumnTask

DEFAULT_LOCALE = "en_US"

_FEMALE, _MALE, _EITHER = 0, 1, 2
_GENDERS = {
    **dict.fromkeys(
        ("f", "female", "woman", "w", "weiblich", "frau", "femme", "mme", "mlle", "mrs", "ms", "miss"),
        _FEMALE,
    ),
    **dict.fromkeys(("m", "male", "man", "männlich", "herr", "homme", "monsieur", "mr"), _MALE),
}
"""Words of columns of genders and of forms of address, without a full stop."""

_LAST_FIRST = {"last_first": ", ", "last_first_bare": " "}
"""What stands between last and first name, by the option `order`."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Texts and, for a draw in 0–1, their cumulative shares; several pools may lie behind one another."""

    texts: np.ndarray
    cumulative: np.ndarray

    def draw(self, rng: np.random.Generator, rows: int, part: np.ndarray | int = 0) -> np.ndarray:
        """`rows` texts by weight, each from the pool that `part` numbers."""
        picks = np.searchsorted(self.cumulative, rng.random(rows) + part, side="right")
        return self.texts[np.minimum(picks, len(self.texts) - 1)]


@lru_cache(maxsize=16)
def first_name_pool(locale: str = DEFAULT_LOCALE, most: int = 0) -> Pool:
    """First names of at most so many characters (0: any): women's, men's, and both, in this order (Faker)."""
    female, male = (
        _take_short(_weights(locale, part), most) for part in ("first_name_female", "first_name_male")
    )
    return _stack(female, male, {**female, **male})


@lru_cache(maxsize=16)
def last_name_pool(locale: str = DEFAULT_LOCALE, most: int = 0) -> Pool:
    """Last names of at most so many characters (0: any; Faker; en_US after the U.S. Census)."""
    return _stack(_take_short(_weights(locale, "last_name"), most))


def _take_short(weights: Mapping[str, float], most: int) -> Mapping[str, float]:
    """The names that are short enough; initials with a full stop, or without, where none is."""
    if not most:
        return weights
    short = {name: share for name, share in weights.items() if len(name) <= most}
    initials: dict[str, float] = {}
    for name, share in () if short else weights.items():
        initial = f"{name[0]}."[:most]
        initials[initial] = initials.get(initial, 0.0) + share
    return short or initials


def _weights(locale: str, part: str) -> Mapping[str, float]:
    """Names of a locale with their weights; SamplingError where Faker has none."""
    weights = weigh_names(locale, part)
    if not weights:
        raise SamplingError(
            f'There are no lists of names for the locale "{locale}".',
            "set the option `locale` of the column to a locale of Faker, such as en_US, de_DE or fr_FR.",
        )
    return weights


def locale_of(task: ColumnTask) -> str:
    """The option `locale` of a column."""
    return str(task.column.options.get("locale", DEFAULT_LOCALE))


def _stack(*weights: Mapping[str, float]) -> Pool:
    shares = [np.cumsum(list(pool.values())) / sum(pool.values()) for pool in weights]
    for share in shares:
        share[-1] = 1.0
    texts = np.array([name for pool in weights for name in pool], dtype=object)
    return Pool(texts, np.concatenate([part + share for part, share in enumerate(shares)]))


def first_name(task: ColumnTask) -> np.ndarray:
    """First names that follow a gender column, where there is one."""
    return _in_case(
        task, first_name_pool(locale_of(task), task.most).draw(task.stream(), task.rows, _gender_parts(task))
    )


def last_name(task: ColumnTask) -> np.ndarray:
    """Last names."""
    return _in_case(task, last_name_pool(locale_of(task), task.most).draw(task.stream(), task.rows))


def person_name(task: ColumnTask) -> np.ndarray:
    """Texts like "First Last", made of the name columns that it follows, or drawn like them.

    What is longer than the column is "F. Last", or else initials.

    Options: `order` last_first writes "Last, First" and last_first_bare "Last First"; `case` upper or lower.
    """
    parts = followed_names(task) or draw_names(task)
    joined = _join_names(task, parts)
    if task.most:
        for row in np.flatnonzero([len(text) > task.most for text in joined]):
            joined[row] = _shorten_name(task, [str(part[row]) for part in parts])
    return _in_case(task, joined)


def _join_names(task: ColumnTask, parts: list[np.ndarray]) -> np.ndarray:
    separator = _LAST_FIRST.get(str(task.column.options.get("order")))
    return join_texts(parts, " ") if separator is None else join_texts([*parts[1:], parts[0]], separator)


def _shorten_name(task: ColumnTask, parts: list[str]) -> str:
    """The longest way to write a name that fits: with an initial in front, as initials, as one of them."""
    words = " ".join(parts).split()
    last = parts[-1] if len(parts) > 1 else words[-1]
    first, final = words[0][:1], last[:1]
    pairs = ((f"{first}.", last), (f"{first}.", f"{final}."), (first, final))
    joined = [_join_names(task, [np.array([one], dtype=object) for one in pair])[0] for pair in pairs]
    ways = (*joined, first + final, first)
    return str(next(text for text in ways if len(text) <= task.most))


def draw_names(task: ColumnTask) -> list[np.ndarray]:
    """First and last names, drawn by gender where there is one."""
    rng = task.stream()
    firsts = first_name_pool(locale_of(task)).draw(rng, task.rows, _gender_parts(task))
    return [firsts, last_name_pool(locale_of(task)).draw(rng, task.rows)]


def put_first_names_first(names: np.ndarray) -> np.ndarray:
    """Texts like "First Last", also of those like "Last, First"."""
    texts = pa.array(names, type=pa.string())
    return pc.replace_substring_regex(texts, r"^([^,]+), *(.+)$", r"\2 \1").to_numpy(zero_copy_only=False)


def _in_case(task: ColumnTask, names: np.ndarray) -> np.ndarray:
    case = task.column.options.get("case")
    if case not in ("upper", "lower"):
        return names
    change = pc.utf8_upper if case == "upper" else pc.utf8_lower
    return np.asarray(change(pa.array(names, type=pa.string())).to_numpy(zero_copy_only=False), dtype=object)


def followed_names(task: ColumnTask) -> list[np.ndarray]:
    """The derived columns that the column follows, in the order of `follows`."""
    return [task.derived[name] for name in task.column.follows if name in task.derived]


def join_texts(parts: list[np.ndarray], separator: str) -> np.ndarray:
    """Object arrays joined row by row."""
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + separator + part
    return joined


def _gender_parts(task: ColumnTask) -> np.ndarray | int:
    genders = task.followed()
    if genders is None:
        return _EITHER
    codes, found = pd.factorize(genders)
    parts = [_GENDERS.get(str(value).strip().rstrip(".").casefold(), _EITHER) for value in found]
    # A missing gender has code -1, which picks the last entry.
    return np.array([*parts, _EITHER])[codes]
