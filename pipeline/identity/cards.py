"""Payment card numbers and their security codes (ISO/IEC 7812: issuer number, account, check digit)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from pipeline.datasets.check_digits import luhn
from pipeline.errors import SamplingError
from pipeline.identity.checked import spaced
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template, as_texts, digit_fields, options_field

_ZERO = ord("0")
_OTHER_SPELLINGS = {"amex": "americanexpress", "diners": "dinersclub", "mc": "mastercard"}
_MORE_NUMBERS = "ask for fewer rows, or set identity.iin to network in config.yaml, which is less cautious."


@dataclass(frozen=True, eq=False)
class Network:
    """A card network: all of its numbers but their check digit, and the length of its security code."""

    name: str
    numbers: Template
    cvv_length: int


def card_number(task: ColumnTask) -> np.ndarray:
    """Card numbers of the network that the column follows, with a valid check digit.

    Options: `networks` (shares by name) where it follows none, `forms` with # for each digit.
    """
    real = task.protected(r"[\s-]", "")
    accounts = np.array([text[:-1] for text in real], dtype=object)
    network_of_row = _network_codes(task)
    values = np.empty(task.rows, dtype=object)
    for position, network in enumerate(networks(task.request.options.iin)):
        rows = np.flatnonzero(network_of_row == position)
        if rows.size:
            codes = task.scattered(network.numbers, network.numbers.read(accounts), network.name)
            points = network.numbers.render_points(task.pick(codes, rows, _MORE_NUMBERS))
            values[rows] = as_texts(_with_check_digit(points))
    for form in task.column.options.get("forms", ()):
        values = spaced(values, str(form))
    return values


def cvv(task: ColumnTask) -> np.ndarray:
    """Security codes: four digits for American Express, three elsewhere, unless option `width` is set."""
    is_long = _have_long_code(task)
    short, long = _code_texts(3), _code_texts(4)
    draws = task.stream().random(task.rows)
    return np.where(is_long, long[(draws * 10_000).astype(int)], short[(draws * 1_000).astype(int)])


def _have_long_code(task: ColumnTask) -> np.ndarray:
    width = task.column.options.get("width")
    if width is not None and task.followed() is None:
        return np.full(task.rows, int(width) == 4)
    lengths = np.array([network.cvv_length for network in networks(task.request.options.iin)])
    return np.asarray(lengths[_network_codes(task)] == 4)


@lru_cache(maxsize=2)
def networks(iin: str) -> tuple[Network, ...]:
    """The networks, with the issuer numbers of their test cards (`iin` = test) or all of them (network)."""
    chosen: dict[str, list[tuple[int, int, int, int]]] = {}
    for row in load_table("card_networks"):
        if (row["is_test"] == "1") == (iin == "test"):
            figures = (row["iin_first"], row["iin_last"], row["length"], row["cvv_length"])
            chosen.setdefault(row["network"], []).append(tuple(map(int, figures)))  # type: ignore[arg-type]
    return tuple(_network(name, rows) for name, rows in chosen.items())


def _network(name: str, rows: list[tuple[int, int, int, int]]) -> Network:
    prefixes = [str(number) for first, last, _, _ in rows for number in range(first, last + 1)]
    _, _, length, cvv_length = rows[0]
    template = Template((options_field(prefixes), *digit_fields(length - len(prefixes[0]) - 1)))
    return Network(name, template, cvv_length)


def _with_check_digit(points: np.ndarray) -> np.ndarray:
    check = luhn((points - _ZERO).astype(np.int16)) + _ZERO
    return np.column_stack([points, check.astype(np.uint32)])


@lru_cache(maxsize=2)
def _code_texts(width: int) -> np.ndarray:
    return np.array([f"{number:0{width}d}" for number in range(10**width)], dtype=object)


def _network_codes(task: ColumnTask) -> np.ndarray:
    """Positions in `networks(...)`, one a row; a missing one is drawn, for all columns of the row alike."""
    known = {_plain(network.name): n for n, network in enumerate(networks(task.request.options.iin))}
    shares = task.column.options.get("networks")
    if shares and task.followed() is None:
        return _drawn_networks(task, known, shares)
    return task.positions("card network", known, "a card network with published issuer numbers", _plain)


def _drawn_networks(task: ColumnTask, known: Mapping[str, int], shares: Mapping[str, float]) -> np.ndarray:
    """A network by its share for each row, the same for a card and its security code."""
    unknown = [name for name in shares if _plain(name) not in known]
    if unknown:
        raise SamplingError(
            f'Column "{task.column.name}" asks for cards of "{unknown[0]}".',
            f"use {', '.join(network.name for network in networks(task.request.options.iin))} in `networks`.",
        )
    codes = np.array([known[_plain(name)] for name in shares])
    ends = np.cumsum(list(shares.values()))
    draws = task.shared_stream("card network").random(task.rows) * ends[-1]
    return codes[np.minimum(np.searchsorted(ends, draws, side="right"), len(codes) - 1)]


def _plain(name: object) -> str:
    letters = "".join(character for character in str(name).casefold() if character.isalpha())
    return _OTHER_SPELLINGS.get(letters, letters)
