"""What the texts of a column look like as codes: their characters, widths and shapes.

Dates, numbers and ranges written as text are no codes, though they are made of the same characters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.datasets.detection.texts import share_of

# A blank joins groups of capitals and digits; words with a number behind them are no codes.
_CODE = re.compile(
    r"(?=.{2,80}\Z)(?=.*\d)(?!.* .*[a-zß-ÿ]{3}|.*[a-zß-ÿ]{3}.* )"
    r"[^\W_](?:[-/._: \u00a0\u202f]?[^\W_]){1,39}|[-+]\d{7,39}"
)
# Spreadsheets are told with ="0123" or '0123 that digits are text.
_WRAPPED = re.compile(r"=\"(?P<formula>[^\"=']+)\"|'(?P<text>[^\"=']+)")
_CODE_SHARE = 0.8  # of the distinct texts read like codes
_SHAPES = 3
_SHAPED_SHARE = 0.8
_DATE_SHARE = 0.95
_PARTS = re.compile(r"(\d{1,4})([-/.])(\d{1,2})(?:\2(\d{1,4}))?(?:[T -]\d{1,2}[:.].*)?")
_CLOCK = re.compile(r"(?:.*[ T])?\d{1,2}:\d{2}.*")
_MONTH_DATE = re.compile(
    r".*\b(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|mai|dez)[a-z]*\b.*\d.*"
)
_PERIOD = re.compile(r"(?i:[QHW]\d{1,2}[ /-]\d{2,4}|\d{4}[ /-]?[QHW]\d{1,2})")
_NUMBER = re.compile(r"\d+[.,]\d+|(?!0\d)\d{1,3}([., ]\d{3})+([.,]\d+)?")
_DECIMAL = re.compile(r"[^\W\d_]{0,3}[$€£]? ?[+-]?\d+[.,]\d+ ?(?:[^\W\d_]{1,4}\.?|%)?[+-]?")
_RANGE = re.compile(r"(\d+) ?- ?(\d+)")
_UNIT = re.compile(
    r"\d[\d.,-]* [A-Za-z]{1,12}|\d{1,3}[A-Za-z]{1,3}|[A-Za-z]{3,12} \d{1,3}"
)  # 36 months, level 2
_FEWEST_FRAMED, _SHORTEST_FRAMED, _LONGEST_FRAMED = 10, 4, 200
_FRAME = re.compile(r"(?=.*[#{}\[\]()<>:.= ]).{1,40}")
_QUOTE = re.compile(r"\d{2,3}-(?:[0-2]\d|3[01])[0-7+]?")  # prices of bonds in 32nds, with eighths of these
_SPLIT = re.compile(r"(\D*?)(\d+)")


@dataclass(frozen=True)
class CodeShape:
    """The form of a column of codes.

    `size` is the usual number of letters and digits behind the letters that a code begins with; `width` the
    one number of characters, None where it varies; `is_plain` says whether all are one prefix and digits of
    one width, with `prefix` and `digits`.
    """

    size: int
    width: int | None
    is_plain: bool = False
    prefix: str = ""
    digits: int = 0

    @property
    def phrase(self) -> str:
        """The form in words, without a value."""
        if self.is_plain and self.digits:
            return f"codes of {'a prefix and ' if self.prefix else ''}{self.digits} digits"
        return f"codes of {self.width} characters" if self.width else "codes of several widths"


def _is_range(text: str) -> bool:
    ends = _RANGE.fullmatch(text)
    return ends is not None and int(ends[1]) < int(ends[2])


_WRITTEN_VALUES: tuple[Callable[[str], object], ...] = (
    _CLOCK.fullmatch,
    _MONTH_DATE.fullmatch,
    _PERIOD.fullmatch,
    _NUMBER.fullmatch,
    _DECIMAL.fullmatch,
    _UNIT.fullmatch,
    _is_range,
    _QUOTE.fullmatch,
)


def are_quotes(texts: Sequence[str]) -> bool:
    """Whether distinct texts are prices in 32nds; the ends of codes would mostly be larger."""
    return share_of(texts, _QUOTE.fullmatch) >= _DATE_SHARE


def find_code_shape(texts: Sequence[str]) -> CodeShape | None:
    """The form of distinct texts that read like codes; None where most do not.

    Signs that hide digits, as in "**** 1234", read like the letters that do elsewhere.
    """
    if any("*" in text for text in texts):
        return find_code_shape([text.replace("*", "X") for text in texts])
    if sum(_WRAPPED.fullmatch(text) is not None for text in texts) >= _CODE_SHARE * max(1, len(texts)):
        inner = find_code_shape([_WRAPPED.sub(r"\g<formula>\g<text>", text) for text in texts])
        # The wrapping is part of each text, so that no counted key can be made of them.
        return inner and replace(inner, is_plain=False, prefix="", digits=0)
    codes = [text for text in texts if _CODE.fullmatch(text)]
    if len(codes) < _CODE_SHARE * len(texts) and (framed := _strip_frame(texts)) is not None:
        return _put_in_frame(find_code_shape(framed), texts)
    if not texts or len(codes) < _CODE_SHARE * len(texts) or _is_written_value(codes):
        return None
    shapes = Counter(re.sub(r"[^\W\d_]", "a", re.sub(r"\d", "0", text)) for text in codes)
    widths = Counter(len(text) for text in codes)
    common = sum(count for _, count in shapes.most_common(_SHAPES))
    if max(common, widths.most_common(1)[0][1]) < _SHAPED_SHARE * len(codes):
        return None
    sizes = sorted(_count_size(text) for text in codes)
    width = next(iter(widths)) if len(widths) == 1 and len(codes) == len(texts) else None
    plain = _find_plain(texts)
    size = sizes[len(sizes) // 2]
    return CodeShape(size, width, plain is not None, *(plain or ()))


def _put_in_frame(shape: CodeShape | None, texts: Sequence[str]) -> CodeShape | None:
    """The shape of codes with what is around them, so that no counted key is made of them."""
    widths = {len(text) for text in texts}
    width = widths.pop() if len(widths) == 1 else None
    return shape and replace(shape, width=width, is_plain=False, prefix="", digits=0)


def _strip_frame(texts: Sequence[str]) -> list[str] | None:
    """The texts without what all have around their codes: "No. ", "#", braces; None where they have none.

    A word with a blank before up to three digits counts things: "Level 12" is no code in a frame.
    """
    if len(texts) < _FEWEST_FRAMED or min(map(len, texts)) > _LONGEST_FRAMED:
        return None
    front = re.sub(r"[^\W_]+$", "", _find_lead(texts))
    behind = re.sub(r"^[^\W_]+", "", _find_lead([text[::-1] for text in texts])[::-1])
    if not _FRAME.fullmatch(front + behind):
        return None
    inner = [text[len(front) : len(text) - len(behind)] for text in texts]
    return inner if min(map(len, inner)) >= (_SHORTEST_FRAMED if front.endswith(" ") else 1) else None


def _find_lead(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    same = (one == other for one, other in zip(first, last, strict=False))
    return first[: next((at for at, is_same in enumerate(same) if not is_same), len(first))]


def _count_size(text: str) -> int:
    return sum(char.isalnum() for char in re.sub(r"^[^\W\d_]+", "", text))


def _find_plain(texts: Sequence[str]) -> tuple[str, int] | None:
    """Prefix and number of digits where all texts have the same; words with blanks are no prefix."""
    forms = {(parts[1], len(parts[2])) if (parts := _SPLIT.fullmatch(text)) else None for text in texts}
    form = forms.pop() if len(forms) == 1 else None
    return form if form is not None and " " not in form[0] else None


def _is_written_value(codes: Sequence[str]) -> bool:
    """Whether texts are dates, clock times, numbers, ranges or numbers with a unit."""
    if any(share_of(codes, accepts) >= _DATE_SHARE for accepts in _WRITTEN_VALUES):
        return True
    parts = [parts for text in codes if (parts := _PARTS.fullmatch(text))]
    return len(parts) >= _DATE_SHARE * len(codes) and _are_dates(parts)


def _are_dates(parts: Sequence[re.Match[str]]) -> bool:
    """Whether a month can be in one of the places, and a day in another."""
    places = [[int(part[place]) for part in parts if part[place]] for place in (1, 3, 4)]
    months = [_share_within(numbers, 12) for numbers in places]
    days = [_share_within(numbers, 31) for numbers in places]
    if not places[2]:
        return max(months[:2]) >= _DATE_SHARE
    return any(
        months[month] >= _DATE_SHARE and days[day] >= _DATE_SHARE
        for month in range(3)
        for day in range(3)
        if month != day
    )


def _share_within(numbers: Sequence[int], most: int) -> float:
    return sum(1 <= number <= most for number in numbers) / max(1, len(numbers))
