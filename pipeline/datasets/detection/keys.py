"""Whether a column holds identifiers, by signs that add up, each with its points and its reason in words.

A key needs evidence, since a measure that is taken for one loses its range; an identifier that repeats and
is taken for a category or a measure appears unchanged in the output, which is worse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.datasets.detection.codes import CodeShape, find_code_shape
from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.numbers import WholeNumbers
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.national_ids import have_check_digits, names_national_id

_ENOUGH = 3
_LIKE_NATIONAL = 8  # digits
_LONG, _SHORT = 5, 3  # letters and digits of a code
_MANY, _FEW = 50, 10  # distinct values
_ROWS_OF_ENTITY, _ROWS_OF_LIST = 50, 200  # rows each


@dataclass(frozen=True, eq=False)
class Clues:
    """One column as the signs use it.

    `correlates` says whether it correlates with a measure of the table, `founds` whether another column is
    constant in each of its numbers.
    """

    profile: Profile
    hints: NameHints
    correlates: bool = False
    founds: Callable[[], bool] = lambda: False

    @cached_property
    def numbers(self) -> WholeNumbers | None:
        """The numbers of a column of whole numbers, None for text."""
        return WholeNumbers(self.profile) if self.profile.is_whole else None

    @cached_property
    def shape(self) -> CodeShape | None:
        """The form of the values as codes; None where they do not read like codes."""
        if self.numbers is not None:
            width = self.numbers.digits if len(str(abs(self.numbers.low))) == self.numbers.digits else None
            return CodeShape(self.numbers.digits, width)
        return None if self.profile.is_number else find_code_shape(self.profile.texts)

    @cached_property
    def are_people(self) -> bool:
        """Whether numbers counted from 1 stand for somebody; their spread alone cannot tell."""
        if self.numbers is None:
            return False
        counted = self.numbers.counted
        return (counted.are_entities or counted.are_doubtful) and self.founds()

    @cached_property
    def are_national(self) -> bool:
        """Whether check digits say that they are numbers that states give to people or firms."""
        return self.size >= _LIKE_NATIONAL and have_check_digits(self.profile.texts)

    @property
    def size(self) -> int:
        """Letters and digits of a code."""
        return self.shape.size if self.shape else 0

    @property
    def distinct(self) -> int:
        """How many distinct values there are."""
        return len(self.profile.distinct)


@dataclass(frozen=True)
class Sign:
    """Points for an identifier, or against it where negative, and a reason that contains no value."""

    points: int
    reason: str
    holds: Callable[[Clues], bool]


@dataclass(frozen=True)
class SignScore:
    """The points of a column and the signs that it shows, the strongest first."""

    points: int
    signs: tuple[Sign, ...]

    @property
    def is_identifier(self) -> bool:
        """Whether the signs suffice for an identifier."""
        return self.points >= _ENOUGH

    @property
    def reason(self) -> str:
        """The strongest reason for the decision; "" where there is none."""
        wanted = 1 if self.is_identifier else -1
        return next((sign.reason for sign in self.signs if sign.points * wanted > 0), "")


def _of_numbers(holds: Callable[[WholeNumbers], bool]) -> Callable[[Clues], bool]:
    return lambda clues: clues.numbers is not None and holds(clues.numbers)


def _is_named(clues: Clues) -> bool:
    return clues.hints.is_identifier or clues.hints.is_entity


def _is_dense(clues: Clues) -> bool:
    numbers = clues.numbers
    return numbers is not None and numbers.is_dense and not (clues.are_people or numbers.is_series)


_SERIES = Sign(10, "they run on like the numbers of a numbering", _of_numbers(lambda n: n.is_series))
"""It outweighs the name, and what it suggests together with one more sign against it."""


_NATIONAL = (
    Sign(
        30,
        "their check digits are those of numbers of people or firms",
        lambda clues: clues.are_national,
    ),
    Sign(
        9,
        "the column name suggests numbers of people",
        lambda clues: clues.size >= _LIKE_NATIONAL and names_national_id(clues.hints.joined),
    ),
)
"""The first outweighs whatever else speaks against it."""


_AGAINST_NUMBERS = (
    Sign(-6, "some are below zero", _of_numbers(lambda n: n.low < 0 and not n.are_signed_codes)),
    Sign(-7, "they read as dates or years", _of_numbers(lambda numbers: numbers.are_times)),
    Sign(
        -6,
        "the column name suggests an amount",
        lambda clues: clues.numbers is not None and clues.hints.is_measure and not clues.are_people,
    ),
    Sign(-3, "many are rounded", _of_numbers(lambda numbers: numbers.is_rounded)),
    Sign(-3, "they correlate with another measure", lambda clues: clues.correlates),
    Sign(-2, "they are spread like amounts", _of_numbers(lambda numbers: numbers.is_skewed)),
)

UNIQUE_SIGNS = (
    *_NATIONAL,
    _SERIES,
    Sign(4, "they are numbered in sequence", _of_numbers(lambda numbers: numbers.is_counted)),
    Sign(
        3,
        "the column name suggests an identifier",
        lambda clues: _is_named(clues) or clues.hints.is_code,
    ),
    Sign(2, "they start with the same digits", _of_numbers(lambda numbers: numbers.has_one_lead)),
    Sign(2, "they are spread evenly over all numbers of their length", _of_numbers(lambda n: n.fills_decade)),
    Sign(1, "they are of one length", _of_numbers(lambda numbers: numbers.has_one_width)),
    *_AGAINST_NUMBERS,
)
"""Signs that whole numbers, none of which occurs twice, identify rows."""

REPEATED_SIGNS = (
    *_NATIONAL,
    _SERIES,
    Sign(
        3, "the column name suggests a person, an account or a document", lambda clues: clues.hints.is_entity
    ),
    Sign(3, "the column name suggests an identifier", lambda clues: clues.hints.is_identifier),
    Sign(
        3,
        "they are counted from 1, and another column has one value for each of them",
        lambda clues: clues.are_people,
    ),
    Sign(2, "they are long", lambda clues: clues.size >= _LONG),
    Sign(2, "there are many", lambda clues: clues.distinct >= _MANY),
    Sign(1, "there are not few", lambda clues: _FEW <= clues.distinct < _MANY),
    Sign(1, "each is in few rows", lambda clues: clues.profile.rows_each < _ROWS_OF_ENTITY),
    Sign(
        1, "they are of one length", lambda clues: clues.shape is not None and clues.shape.width is not None
    ),
    Sign(2, "they use few of the numbers in their range", _of_numbers(lambda numbers: numbers.is_sparse)),
    Sign(-1, "each is in many rows", lambda clues: clues.profile.rows_each >= _ROWS_OF_LIST),
    Sign(-2, "there are few", lambda clues: clues.distinct < _FEW),
    Sign(-2, "they are short", lambda clues: clues.size <= _SHORT),
    Sign(-4, "the column name suggests a public list", lambda clues: clues.hints.is_public),
    Sign(-3, "they fill their range", lambda clues: not _is_named(clues) and _is_dense(clues)),
    Sign(
        -6,
        "they repeat no more than amounts do by chance",
        _of_numbers(lambda numbers: numbers.repeats_by_chance and not numbers.fills_decade),
    ),
    *_AGAINST_NUMBERS,
)
"""Signs that codes or whole numbers, some of which repeat, identify people, accounts or devices."""


def score_signs(clues: Clues) -> SignScore:
    """The points of a column of whole numbers or of codes, by the table for values that repeat or do not."""
    table: Sequence[Sign] = REPEATED_SIGNS if clues.profile.has_repeats else UNIQUE_SIGNS
    shown = [sign for sign in table if sign.holds(clues)]
    shown.sort(key=lambda sign: -abs(sign.points))
    return SignScore(sum(sign.points for sign in shown), tuple(shown))
