"""User names and payment handles: short identifiers that people made up, whose lengths differ.

`nmeyer84`, `anna402@bank`, `@karl_nagel` and `anna.berg` have no blanks and no common width. What tells them
from categories: many of them are different, few rows share one, and their words are many or names of people.
Words without digits need more: the name of the column, a network in front, or the same ends behind several
initials.
"""

from __future__ import annotations

import re

from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.people import is_part_of_name
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.texts import share_of
from pipeline.datasets.known_words import count_known

FEWEST_HANDLES = 20
"""Fewer distinct texts are no list of people."""

_ROWS_OF_PERSON = 50  # as many rows share what is a category
_HANDLE_SHARE = 0.9  # of the distinct texts have one of the forms
_MARKED_SHARE = 0.6  # of them hold digits behind a word; others of the same people have none
_FEWEST_STEMS, _SHORTEST_STEM = 10, 2  # different words before the digits: of "Model12" all have the same
_SMALLEST_SPACE, _SPARSE = 5_000, 10  # words and numbers that could be, at least, and for each that is there
_MOST_DIGITS = 9
_NAMED_SHARE = 0.5  # of texts without digits hold a name of people
_LOGIN_SHARE = 0.6  # of all texts are an initial and a name
_LONGEST_PART = 24
_FEWEST_NAMED, _FEWEST_OF_NETWORK = 5, 10  # where the column name says that they are logins; behind a network
_SHARED_SHARE, _SHORTEST_END = 0.4, 4  # of the words end as others do that begin with another letter
_KNOWN_SHARE = 0.3  # of the words are known: roles, teams and states are, which own things as well

_LOGINS = frozenset(
    {"login", "logon", "username", "userid", "uid", "nick", "nickname", "handle", "screenname", "alias",
     "benutzername", "anmeldename", "benutzerkennung", "pseudo"}
)  # fmt: skip
_OWNERS = frozenset({"user", "account", "acct", "owner", "operator", "benutzer", "utilisateur", "assignee"})

_ADDRESSED = re.compile(r"@[\w.-]{2,40}|[\w.+-]{1,40}@[\w.-]{2,40}")
_NUMBERED = re.compile(r"(?=.*[^\W\d_])[^\W_]+(?:[._-][^\W_]+)*")
_JOINED = re.compile(r"[^\W\d_]+(?:[._-][^\W\d_]+)+\d{0,6}")
_ENDING = re.compile(r"[\d._-]+$")
_OF_NETWORK = re.compile(r"[A-Za-z][\w.-]{0,30}\\[^\s\\/]{2,40}")
_BEHIND_SLASH = re.compile(r"([A-Za-z][\w.-]{0,30})/([a-zß-ÿ]+)")
_SMALL_WORD = re.compile(r"[a-zß-ÿ]+(?:[._-][a-zß-ÿ]+)*\d*")


def find_handles(profile: Profile, hints: NameHints) -> str | None:
    """Why a column of text holds handles, in words that show no value; None where it does not."""
    distinct = len(profile.distinct)
    if profile.is_number or distinct < _FEWEST_NAMED:
        return None
    texts = [text.removeprefix("'") for text in profile.texts]
    if distinct >= _FEWEST_OF_NETWORK and share_of(texts, _OF_NETWORK.fullmatch) >= _HANDLE_SHARE:
        return "they have the name of a network in front, as user names have"
    if _are_named(texts, hints) and not hints.is_plain_list:
        return "the column name suggests user names, and they are words that are not known"
    if distinct < FEWEST_HANDLES:
        return None
    if _share_ends(texts):
        return "they are several initials before the same words, as in user names"
    if profile.rows_each >= _ROWS_OF_PERSON:
        return None
    if share_of(texts, _ADDRESSED.fullmatch) >= _HANDLE_SHARE:
        return "they have an @ as user names and payment handles have"
    if hints.is_public or hints.is_plain_list:
        return None
    if _are_numbered(texts):
        return "they are words of their own with digits behind them, as user names are"
    if share_of(texts, _JOINED.fullmatch) >= _HANDLE_SHARE and share_of(texts, _holds_name) >= _NAMED_SHARE:
        return "they are people's names that are joined, as in user names"
    if share_of(texts, _is_initial_and_name) >= _LOGIN_SHARE:
        return "they are initials before people's names, as in user names"
    if _are_of_one_network(texts):
        return "they have one name and a slash in front, as user names have"
    return None


def _are_named(texts: list[str], hints: NameHints) -> bool:
    """Whether the column name suggests logins, or owners, and the texts are unknown words of one case."""
    words = {*hints.words, "".join(hints.words[-2:])}
    is_named = bool(words & _LOGINS) or (bool(words & _OWNERS) and len(texts) >= FEWEST_HANDLES)
    if not is_named or hints.is_public:
        return False
    if max(_share_small(texts), _share_small([text.swapcase() for text in texts])) < _HANDLE_SHARE:
        return False
    return count_known([text.rstrip("0123456789") for text in texts]) < _KNOWN_SHARE


def _share_ends(texts: list[str]) -> bool:
    """Whether small words are an initial and an end that other initials have as well: ameyer, bmeyer."""
    if _share_small(texts) < _HANDLE_SHARE:
        return False
    initials: dict[str, set[str]] = {}
    for text in texts:
        initials.setdefault(text[1:], set()).add(text[0])
    shared = sum(
        len(found) for end, found in initials.items() if len(end) >= _SHORTEST_END and len(found) > 1
    )
    return shared >= _SHARED_SHARE * len(texts)


def _are_of_one_network(texts: list[str]) -> bool:
    """Whether small words that are not known have one name and a slash in front, as in "corp/nmeyer"."""
    found = [parts for text in texts if (parts := _BEHIND_SLASH.fullmatch(text))]
    if len(found) < _HANDLE_SHARE * len(texts) or len({parts[1] for parts in found}) > 1:
        return False
    return count_known([parts[2] for parts in found]) < _KNOWN_SHARE


def _share_small(texts: list[str]) -> float:
    """The share of texts that are small letters, joined or with digits behind them."""
    return share_of(texts, _SMALL_WORD.fullmatch)


def _are_numbered(texts: list[str]) -> bool:
    """Whether different words have numbers behind them; codes of one prefix have one word."""
    if share_of(texts, _is_numbered) < _HANDLE_SHARE or share_of(texts, _ends_in_digit) < _MARKED_SHARE:
        return False
    stems = {_ENDING.sub("", text).casefold() for text in texts}
    words = [stem for stem in stems if sum(map(str.isalpha, stem)) >= _SHORTEST_STEM]
    possible = len(stems) * 10 ** max(_count_digits(text) for text in texts)
    return len(words) >= _FEWEST_STEMS and possible >= max(_SMALLEST_SPACE, _SPARSE * len(texts))


def _count_digits(text: str) -> int:
    """The digits behind the word, where there may be more of them than numbers are long."""
    return min(_MOST_DIGITS, sum(map(str.isdigit, _ENDING.findall(text)[0]))) if _ends_in_digit(text) else 0


def _is_numbered(text: str) -> bool:
    return len(text) <= 2 * _LONGEST_PART and _NUMBERED.fullmatch(text) is not None


def _ends_in_digit(text: str) -> bool:
    return text[-1:].isdigit() and text[:1].isalpha()


def _is_initial_and_name(text: str) -> bool:
    """kmeier, as logins are written; the name alone is no login."""
    is_word = re.fullmatch(r"[^\W\d_]{5,}\d{0,4}", text) is not None
    word = text.rstrip("0123456789")
    return is_word and is_part_of_name(word[1:]) and not is_part_of_name(word)


def _holds_name(text: str) -> bool:
    return any(is_part_of_name(part) for part in re.split(r"[\d._-]+", text))
