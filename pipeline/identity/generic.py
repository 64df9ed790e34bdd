"""Columns of users' tables: keys, licence plates, free text, and anything that Faker provides."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.datasets.kinds import FAKER_PREFIX, find_kind_of_sdtype
from pipeline.errors import SamplingError
from pipeline.identity.address import redraw_protected
from pipeline.identity.documents import WIDER, count_up
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask, comparable
from pipeline.identity.templates import Template, digit_fields, options_field, parse_pattern

_POOL_SIZE = 1_000
_UNIQUE_POOL_SIZE = 20_000
_KEY_DIGITS = 9
_LARGEST_WIDTH = 18
_ROOM_FOR_A_WORD = 8
_LETTERS_SPARE = 4


def key(task: ColumnTask) -> np.ndarray:
    """Keys that no real row has, counted up from a seeded start.

    Options: `template` "integer" (int64) or "digits" (text), or `prefix`; `width` is the number of digits,
    the least where `grows` is set. SamplingError where that is below 1 or leaves too few keys.
    """
    options = task.column.options
    width = int(options.get("width", _KEY_DIGITS))
    if options.get("grows"):
        width = max(width, _count_digits_needed(task))
    if width < 1:
        raise SamplingError(
            f'Column "{task.column.name}": a key cannot have {width} digits.',
            "set the option `width` of the column in dataset.yaml to 1 or more.",
        )
    if options.get("template") == "integer":
        return _integer_key(task, min(width, _LARGEST_WIDTH))
    lead = str(options.get("prefix", "")) + "0" * (width - _LARGEST_WIDTH)
    return count_up(task, lead, digit_fields(min(width, _LARGEST_WIDTH)))


def _count_digits_needed(task: ColumnTask) -> int:
    """Digits with which keys suffice for every row of the job beside all real ones.

    A leading zero may be ruled out, so that nine tenths of the numbers count.
    """
    real = len(task.request.protected.get(task.column.name, ()))
    needed = real + (task.request.job_rows if task.column.is_unique else 1)
    return len(str(needed * 10 // 9))


def _integer_key(task: ColumnTask, width: int) -> np.ndarray:
    # Without a leading zero, every number has the same width and reads as the text that it came from.
    template = Template((options_field(list("123456789")), *digit_fields(width - 1)))
    codes = task.consecutive(template, template.read(task.protected(r"\.0$", "")))
    return (task.pick(codes, advice=WIDER) + np.uint64(10 ** (width - 1))).astype(np.int64)


def license_plate(task: ColumnTask) -> np.ndarray:
    """Texts like "ABC-1234", the commonest form of U.S. plates."""
    template = parse_pattern("AAA-####")
    real = task.protected(r"^\s*([A-Z]{3})[\s-]*(\d{4})\s*$", r"\1-\2")
    return template.render(task.pick(task.scattered(template, template.read(real))))


def tail(task: ColumnTask) -> np.ndarray:
    """The last `width` characters of the identifiers of the column `of`, behind `prefix`.

    SamplingError where that column was not derived before: this one must follow it.
    """
    options = task.column.options
    source = str(options.get("of", ""))
    if source not in task.derived:
        raise SamplingError(
            f'Column "{task.column.name}" is the end of "{source}", which is not derived with it.',
            f'name the identity column in `of` and in `follows` of "{task.column.name}" in dataset.yaml.',
        )
    width, prefix = int(options.get("width", 4)), str(options.get("prefix", ""))
    texts = pd.Series(task.derived[source], dtype=object)
    plain = texts.astype(str).str.replace(r"[\s-]", "", regex=True)
    return (prefix + plain.str[-width:]).where(texts.notna(), None).to_numpy(dtype=object)


def empty(task: ColumnTask) -> np.ndarray:
    """Missing cells alone, as in a column without any value."""
    return np.full(task.rows, None, dtype=object)


def text(task: ColumnTask) -> np.ndarray:
    """Sentences of invented words, none of them a real text; option `words` is their usual number.

    A number at the end makes them distinct where the column is unique. No text is longer than the option
    `length`; unique texts that have no room for a word and a number are capital letters.
    """
    options = task.column.options
    usual, most = max(1, int(options.get("words", 4))), int(options.get("length", 0))
    if most and task.column.is_unique and most < _ROOM_FOR_A_WORD + _count_ending(task):
        return _letters(task, most)
    rng, endings = task.stream(), _endings(task)
    room = most - _count_ending(task) if most else 0

    def draw(rows: np.ndarray) -> np.ndarray:
        sentences = _sentences(rng, len(rows), usual)
        return (_shorten(sentences, room) if room else sentences) + endings[rows]

    return redraw_protected(task, draw)


def _letters(task: ColumnTask, most: int) -> np.ndarray:
    """Distinct capital letters, as many as the rows of the job need beside the real texts, `most` at most."""
    needed = task.request.job_rows + len(task.request.protected.get(task.column.name, ()))
    width = next((one for one in range(1, most) if 26**one >= needed * _LETTERS_SPARE), most)
    template = parse_pattern("A" * width)
    real = task.protected(rf"^([A-Z]{{{width}}})$", r"\1")
    return template.render(task.pick(task.scattered(template, template.read(real))))


def _shorten(sentences: np.ndarray, most: int) -> np.ndarray:
    """The sentences with at most so many characters, cut behind a word where one fits."""
    short = [
        one if len(one) <= most else one[: most + 1].rpartition(" ")[0] or one[:most] for one in sentences
    ]
    return np.array(short, dtype=object)


def _sentences(rng: np.random.Generator, rows: int, usual: int) -> np.ndarray:
    words = _words()
    lengths = np.maximum(1, rng.poisson(usual - 1, rows) + 1)
    sentences = words.capitalised[rng.integers(0, len(words.capitalised), rows)]
    for position in range(1, int(lengths.max(initial=1))):
        longer = np.flatnonzero(lengths > position)
        sentences[longer] += words.following[rng.integers(0, len(words.following), len(longer))]
    return sentences


def draw_words(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Single words in small letters."""
    words = _words().plain
    return np.asarray(words[rng.integers(0, len(words), rows)])


def _count_ending(task: ColumnTask) -> int:
    """The most characters that `_endings` add to a text."""
    return len(str(_count_numbers(task))) if task.column.is_unique else 0


def _count_numbers(task: ColumnTask) -> int:
    return int(10 ** max(4, len(str(task.request.job_rows))))


def _endings(task: ColumnTask) -> np.ndarray:
    if not task.column.is_unique:
        return np.full(task.rows, "", dtype=object)
    size = _count_numbers(task)
    numbers = task.pick(Codes(Permutation.seeded(size, task.job_seed())))
    return np.array([f" {number}" for number in numbers.tolist()], dtype=object)


class _Words:
    """The words of invented sentences, at the beginning and behind another word."""

    def __init__(self) -> None:
        words = [row["word"] for row in load_table("text_words")]
        self.plain = np.array(words, dtype=object)
        self.capitalised = np.array([word.capitalize() for word in words], dtype=object)
        self.following = np.array([f" {word}" for word in words], dtype=object)


@lru_cache(maxsize=1)
def _words() -> _Words:
    return _Words()


def faker_value(task: ColumnTask) -> np.ndarray:
    """Values of the Faker provider that the kind names, from a seeded pool without the real values.

    In a unique column each is used once; where the pool is too small for that, a number at the end
    makes them distinct.
    """
    pool = _take_short(task, _allowed_pool(task), task.most)
    if task.column.is_unique and len(pool) >= task.request.job_rows:
        return pool[task.pick(Codes(Permutation.seeded(len(pool), task.job_seed())))]
    pool = _take_short(task, pool, task.most - _count_ending(task) - task.column.is_unique)
    endings = _endings(task)
    rng = task.stream()
    return redraw_protected(task, lambda rows: pool[rng.integers(0, len(pool), len(rows))] + endings[rows])


def _take_short(task: ColumnTask, pool: np.ndarray, room: int) -> np.ndarray:
    """The values of at most so many characters, where the column has a length; SamplingError without any."""
    if not task.most:
        return pool
    lengths = np.array([len(value) for value in pool])
    if lengths.min() > room:
        raise task.reject_length(int(lengths.min()) + task.most - room)
    return pool[lengths <= room]


def _allowed_pool(task: ColumnTask) -> np.ndarray:
    provider = task.column.kind.removeprefix(FAKER_PREFIX)
    seed = int(task.job_seed().generate_state(1)[0])
    wanted = min(2 * task.request.job_rows, _UNIQUE_POOL_SIZE) if task.column.is_unique else 0
    values = np.array(_faker_pool(provider, seed, max(wanted, _POOL_SIZE)), dtype=object)
    values = values[~pd.Index(comparable(values)).isin(task.protected_texts())]
    if not len(values):
        raise SamplingError(
            f'Column "{task.column.name}": each value of Faker\'s "{provider}" is in the real table.',
            "choose another kind for the column in dataset.yaml.",
        )
    return values


@lru_cache(maxsize=32)
def _faker_pool(provider: str, seed: int, draws: int) -> tuple[str, ...]:
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(seed)
    # An older dataset.yaml may call the provider as SDV does: ipv4_address.
    name = find_kind_of_sdtype(provider).provider or provider
    try:
        if name.startswith("_") or not any(hasattr(each, name) for each in fake.get_providers()):
            raise AttributeError(name)
        values = (str(fake.format(name)) for _ in range(draws))
        return tuple(dict.fromkeys(values))
    except (AttributeError, TypeError) as error:
        raise SamplingError(
            f'Faker has no provider "{provider}" that works without arguments.',
            "name another kind for the column in dataset.yaml, or make it `text`.",
        ) from error
