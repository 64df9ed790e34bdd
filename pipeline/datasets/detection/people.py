"""Whether a column holds people's names: its values decide, its name can only confirm.

Values read like names by their first and last names (Faker's lists of many countries), their shape and
how seldom they repeat. Products, branches and desks have capital letters and two words as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.datasets.detection.names import NameHints
from pipeline.datasets.detection.profile import Profile
from pipeline.datasets.detection.texts import share_of
from pipeline.datasets.kinds import KINDS, NAME_KINDS
from pipeline.datasets.person_names import read_names

_SHAPED_SHARE = 0.6  # of the distinct values have the form of names
_KNOWN_SHARE = 0.5  # of the distinct values begin with a first name, or end in a last name
_CONFIRMED_SHARE = 0.3  # the same, where the column name confirms it
_SINGLE_KNOWN_SHARE = 0.8  # are first names and nothing else, since towns are called Madison too
_FEWEST_NAMES = 3
_MANY = 20  # names repeat less than things do
_DISTINCT_SHARE = 0.3  # of the rows
_THING_SHARE = 0.2  # of the values hold a word that people are not called

_TITLE = r"((Dr|Prof|Mr|Mrs|Ms|Miss|Herr|Frau|Dipl|Mme|Mlle|Sr|Sra)\.? ?(-?Ing\.? )?)*"
_PARTICLE = r"(?:(?:von|van|de|der|den|zu|zur|vom|del|di|da|dos|la|le|bin|al|el) |[dDO]['’])*"
_NAME = r"[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:['’-][^\W\d_]+)*\.?"
_FULL_NAME = re.compile(rf"{_TITLE}{_NAME}(?:,? {_PARTICLE}{_NAME}){{1,3}}")
_LOOSE_NAME = re.compile(r"[^\W\d_][\w.'’-]*(,? [^\W\d_][\w.'’-]*)+")  # any letter case
_SINGLE_NAME = re.compile(r"[^\W\d_]+([ '’-][^\W\d_]+)*")
_LOCALES = (
    "de_AT", "de_CH", "de_DE", "en_GB", "en_IN", "en_US", "es_ES",
    "fr_FR", "it_IT", "nl_NL", "pl_PL", "pt_PT", "sv_SE", "tr_TR",
)  # fmt: skip
_THINGS = frozenset(
    (
        "account", "bank", "banking", "bond", "branch", "business", "capital", "card", "center", "central",
        "centre", "checking", "city", "class", "club", "co", "company", "corp", "credit", "current", "desk",
        "direct", "east", "end", "equity", "eu", "euro", "finance", "fund", "fonds", "gmbh", "ag", "global",
        "gold", "group", "growth", "harbour", "hill", "house", "inc", "income", "index", "insurance",
        "international", "invest", "konto", "limited", "llc", "loan", "ltd", "mall", "market", "mills",
        "mortgage", "north", "office", "park", "place", "platz", "plaza", "plc", "plus", "point", "premium",
        "private", "retail", "road", "sa", "saver", "savings", "service", "services", "small", "south",
        "square", "station", "store", "street", "strasse", "team", "tower", "town", "trust", "unit",
        "united", "university", "west", "filiale", "agence", "agency", "sales", "value",
    )
)  # fmt: skip


@dataclass(frozen=True)
class People:
    """The kind of name that a column holds, the words that say why, and whether its name confirms it."""

    kind: str
    why: str
    is_confirmed: bool


def find_people(profile: Profile, hints: NameHints) -> People | None:
    """The kind person_name, first_name or last_name where the values read like people's names."""
    texts = profile.texts
    if profile.is_number or not texts or share_of(texts, _names_thing) > _THING_SHARE:
        return None
    confirmed = _confirmed_kind(hints)
    if len(texts) < _FEWEST_NAMES and confirmed != "person_name":
        return None
    return (
        _find_full_names(profile, confirmed == "person_name", _is_strict(hints))
        or _find_first_names(profile, confirmed == "first_name")
        or (_find_last_names(profile) if confirmed == "last_name" else None)
    )


def is_part_of_name(word: str) -> bool:
    """Whether a word is a first or last name in one of many languages."""
    folded = _fold(word)
    return folded in _first_names() or folded in _last_names()


def _confirmed_kind(hints: NameHints) -> str:
    """The kind of name that the column name suggests, "" where it suggests a thing or nothing."""
    if hints.is_thing:
        return ""
    patterns = [(kind, pattern.name) for kind in NAME_KINDS for pattern in KINDS[kind].patterns]
    return next((kind for kind, name in patterns if re.fullmatch(rf"(.*_)?({name})", hints.joined)), "")


def _is_strict(hints: NameHints) -> bool:
    """Whether the column name suggests a personal name, as client_name does and client does not."""
    return re.fullmatch(rf"(.*_)?({KINDS['person_name'].patterns[0].name})", hints.joined) is not None


def _find_full_names(profile: Profile, is_confirmed: bool, is_strict: bool) -> People | None:
    shape = _LOOSE_NAME if is_confirmed else _FULL_NAME
    full = [text for text in profile.texts if shape.fullmatch(text)]
    if len(full) < _SHAPED_SHARE * len(profile.texts):
        return None
    first, last = max(_count_known(full), _count_known([_turn(text) for text in full]))
    is_many = len(profile.distinct) >= _MANY and len(profile.distinct) >= _DISTINCT_SHARE * profile.present
    if is_confirmed:
        is_name = is_strict or is_many or max(first, last) >= _CONFIRMED_SHARE
    else:
        is_known = len(profile.distinct) >= _MANY or last >= _CONFIRMED_SHARE
        is_name = len(full) >= _FEWEST_NAMES and first >= _KNOWN_SHARE and is_known
    if not is_name:
        return None
    return People("person_name", _say(profile, "people's names", first, is_confirmed), is_confirmed)


def put_last_names_first(texts: Sequence[str]) -> bool:
    """Whether most full names without a comma have the last name in front: "BERG ANNA"."""
    bare = [text for text in texts if "," not in text and " " in text]
    if not bare or len(bare) < _SHAPED_SHARE * len(texts):
        return False
    (first, last), (turned_first, turned_last) = (
        _count_known(bare),
        _count_known([_turn(text) for text in bare]),
    )
    return turned_first >= _KNOWN_SHARE and turned_first + turned_last > first + last + _CONFIRMED_SHARE


def _count_known(names: Sequence[str]) -> tuple[float, float]:
    """The share of names whose first name is known, and of those whose last name is."""
    first = share_of(names, lambda text: _first_name_of(text) in _first_names())
    return first, share_of(names, lambda text: _last_name_of(text) in _last_names())


def _turn(text: str) -> str:
    """A name with its last word in front."""
    words = text.split()
    return text if "," in text else " ".join([*words[-1:], *words[:-1]])


def _find_first_names(profile: Profile, is_confirmed: bool) -> People | None:
    single = [text for text in profile.texts if _SINGLE_NAME.fullmatch(text)]
    if len(single) < (_SHAPED_SHARE if is_confirmed else 1.0) * len(profile.texts):
        return None
    first = share_of(single, lambda text: _first_name_of(text) in _first_names())
    if is_confirmed:
        is_name = first >= _CONFIRMED_SHARE or len(profile.distinct) >= _MANY
    else:
        is_name = len(single) > _FEWEST_NAMES and first >= _SINGLE_KNOWN_SHARE
        is_name = is_name and not any(" " in text for text in single)
    if not is_name:
        return None
    return People("first_name", _say(profile, "first names", first, is_confirmed), is_confirmed)


def _find_last_names(profile: Profile) -> People | None:
    single = [text for text in profile.texts if _SINGLE_NAME.fullmatch(text)]
    if len(single) < _SHAPED_SHARE * len(profile.texts) or len(profile.distinct) <= _FEWEST_NAMES:
        return None
    last = share_of(single, lambda text: _fold(text) in _last_names())
    return People("last_name", _say(profile, "last names", last, True), True)


def _say(profile: Profile, what: str, known: float, is_confirmed: bool) -> str:
    confirmed = ", and the column name confirms it" if is_confirmed else ""
    count = f"{len(profile.distinct):,} distinct values"
    return f"{count} in the form of {what}, {known:.0%} of them known{confirmed}"


def _names_thing(text: str) -> bool:
    return not _THINGS.isdisjoint(re.split(r"[^a-z]+", _fold(text)))


def _first_name_of(text: str) -> str:
    """Of texts like "Anna Berg" and "Berg, Anna", the first name."""
    last, comma, first = _without_title(text).partition(", ")
    return re.split(r"[ -]", _fold(first if comma else last))[0]


def _last_name_of(text: str) -> str:
    return _fold(_without_title(text).partition(", ")[0]).split(" ")[-1]


def _without_title(text: str) -> str:
    return re.sub(rf"^{_TITLE}", "", text)


def _fold(text: str) -> str:
    """Lower case without accents, so that Muller is Müller."""
    return unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    """First names of many languages, folded, from Faker's lists."""
    return _read_lists("first_names", "first_names_male", "first_names_female")


@lru_cache(maxsize=1)
def _last_names() -> frozenset[str]:
    return _read_lists("last_names", "last_names_male", "last_names_female")


def _read_lists(*lists: str) -> frozenset[str]:
    return frozenset(_fold(name) for locale in _LOCALES for name in read_names(locale, *lists))
