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
from pipeline.datasets.known_words import fold, read_places, read_words
from pipeline.datasets.person_names import read_names

_SHAPED_SHARE = 0.6  # of the distinct values have the form of names
_KNOWN_SHARE = 0.5  # of the distinct values begin with a first name, or end in a last name
_CONFIRMED_SHARE = 0.3  # the same, where the column name confirms it
_SINGLE_KNOWN_SHARE = 0.8  # are first names and nothing else, since towns are called Madison too
_SURE_SHARE = 0.8  # of the distinct values have the form of names, where no list knows them
_FEWEST_NAMES = 3
_MANY = 20  # names repeat less than things do
_DISTINCT_SHARE = 0.3  # of the rows
_THING_SHARE = 0.2  # of the values hold a word that people are not called

_TITLE = (
    r"((Dr|Prof|Mr|Mrs|Ms|Miss|Herr|Frau|Dipl|Mme|Mlle|Sr|Sra|Dra|Sig|Dott|Ing|Mgr|Bc|MUDr|JUDr|PhDr|Av|Bay"
    r"|Bayan|Ông|Bà|Cô)\b\.? ?(-?Ing\.? )?)*"
)
_PARTICLE = r"(?:(?:von|van|de|der|den|zu|zur|vom|del|di|da|dos|la|le|bin|al|el) |[dDO]['’])*"
# Marks above and below letters are none of Python's word characters; Indian and Thai vowels are such marks.
_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f\u0900-\u0dff\u0e31-\u0e4e])"
_NAME = rf"[^\W\d_a-zß-öø-ÿ]{_LETTER}*(?:['’-]{_LETTER}+)*\.?"
_INITIALS = r"(?:[^\W\d_]\.-?){1,3}"
_WORD = rf"(?:{_INITIALS}|{_NAME})"
_FULL_NAME = re.compile(rf"{_TITLE}{_WORD}(?:,? {_PARTICLE}{_WORD}){{1,3}}")
_INITIAL = re.compile(rf"{_INITIALS}|[^\W\d_]")
# What stands beside a name: a number, a second person, the word for a group, or dots as in logins.
_BESIDE = re.compile(
    r"^(?:Team|Desk|Agent) +|\s*[(\[#].*|\s*[/&;|].*|\s+(?:und|and|et|y|e|i) .*|\s*[-–:]?\s*\d+\s*$"
)
_LOGIN = re.compile(r"[^\W\d_]{2,}[._][^\W\d_]{2,}")
_LOOSE_NAME = re.compile(r"[^\W\d_][\w.'’-]*(,? [^\W\d_][\w.'’-]*)+")  # any letter case
_SINGLE_NAME = re.compile(rf"{_LETTER}+(?:[ '’-]{_LETTER}+)*")
_LATIN = (
    "az_AZ cs_CZ da_DK de_AT de_CH de_DE en_GB en_IN en_US es_ES et_EE fi_FI fr_FR hr_HR hu_HU id_ID it_IT "
    "lt_LT lv_LV nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE tr_TR uz_UZ vi_VN"
)
_OTHER_SCRIPTS = "ar_AA ar_DZ ar_SA bg_BG bn_BD el_GR fa_IR he_IL hi_IN hy_AM ka_GE mk_MK ru_RU th_TH uk_UA"
_LOCALES = tuple(f"{_LATIN} {_OTHER_SCRIPTS}".split())
_UNSPACED_LOCALES = ("ja_JP", "ko_KR", "zh_CN", "zh_TW")  # last names first, without a blank
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2,6}|[\uac00-\ud7af]{2,4}")
# First and last name among the words of a name: Anna Berg, Berg Anna, Petrov Ivan Ivanovich.
_ORDERS = ((0, -1), (-1, 0), (1, 0))
_UNDECOMPOSED = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"}
)
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
    # Many logins are told by their form, and keep it.
    is_few = len(profile.texts) < _MANY
    texts = [_without_beside(_read_login(text) if is_few else text) for text in profile.texts]
    if profile.is_number or not texts or share_of(texts, _names_thing) > _THING_SHARE:
        return None
    confirmed = _confirmed_kind(hints)
    if len(texts) < _FEWEST_NAMES and confirmed != "person_name":
        return None
    return (
        _find_full_names(profile, texts, confirmed == "person_name", hints)
        or _find_first_names(profile, confirmed == "first_name")
        or (_find_last_names(profile) if confirmed == "last_name" else None)
    )


def may_be_people(profile: Profile, hints: NameHints) -> bool:
    """Whether values that are no known names have their form: several words in capitals that nobody knows."""
    texts = [_without_beside(text) for text in profile.texts]
    if hints.is_thing or hints.is_public or len(texts) < _FEWEST_NAMES:
        return False
    return share_of(texts, _names_thing) <= _THING_SHARE and _are_unknown_names(texts)


def _are_unknown_names(texts: Sequence[str]) -> bool:
    if share_of(texts, _FULL_NAME.fullmatch) < _SURE_SHARE:
        return False
    known = read_places() | read_words()
    return share_of(texts, lambda text: not known.isdisjoint(re.split(r"\W+", fold(text)))) < _KNOWN_SHARE


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


def _find_full_names(
    profile: Profile, texts: Sequence[str], is_confirmed: bool, hints: NameHints
) -> People | None:
    shapes = (_FULL_NAME, _UNSPACED, *([_LOOSE_NAME] if is_confirmed else []))
    full = [text for text in texts if any(shape.fullmatch(text) for shape in shapes)]
    if len(full) < _SHAPED_SHARE * len(texts):
        return None
    first, last = _count_known(full, _ORDERS)
    is_many = len(profile.distinct) >= _MANY and len(profile.distinct) >= _DISTINCT_SHARE * profile.present
    if is_confirmed:
        is_known = max(first, last) >= _CONFIRMED_SHARE or _are_unknown_names(texts)
        is_name = _is_strict(hints) or is_many or is_known
    elif hints.is_thing:  # Alfa Romeo and Aston Martin are cars
        is_name = len(full) >= _FEWEST_NAMES and min(first, last) >= _SURE_SHARE
    else:
        is_known = len(profile.distinct) >= _MANY or last >= _CONFIRMED_SHARE
        are_named = first >= _KNOWN_SHARE and is_known
        is_name = len(full) >= _FEWEST_NAMES and (are_named or share_of(full, _has_title) >= _SURE_SHARE)
    if not is_name:
        return None
    return People("person_name", _say(profile, "people's names", first, is_confirmed), is_confirmed)


def put_last_names_first(texts: Sequence[str]) -> bool:
    """Whether most full names without a comma have the last name in front: "BERG ANNA"."""
    bare = [text for text in texts if "," not in text and " " in text]
    if not bare or len(bare) < _SHAPED_SHARE * len(texts):
        return False
    (first, last), *turned = (_count_known(bare, [order]) for order in _ORDERS)
    turned_first, turned_last = max(turned)
    return turned_first >= _KNOWN_SHARE and turned_first + turned_last > first + last + _CONFIRMED_SHARE


def _count_known(names: Sequence[str], orders: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The share of names whose first name is known in one of these orders, and whose last name is, too."""
    known = [max(_is_known(_split_name(name, order)) for order in orders) for name in names]
    count = max(1, len(known))
    return sum(first for first, _ in known) / count, sum(last for _, last in known) / count


def _is_known(parts: tuple[str, str]) -> tuple[bool, bool]:
    first, last = parts
    if first and first == last:  # without a blank between them, both known
        return True, True
    # Arabic last names are the first names of a father or a grandfather.
    is_last = last in _last_names() or (not last.isascii() and last in _first_names())
    return first in _first_names() or (is_last and _INITIAL.fullmatch(first) is not None), is_last


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
    return _split_name(text, _ORDERS[0])[0]


def _split_name(text: str, order: tuple[int, int]) -> tuple[str, str]:
    """First and last name, folded; where there is no comma, the words at the places of `order`."""
    if _UNSPACED.fullmatch(text):
        return _split_unspaced(text)
    last, comma, first = _fold(_without_title(text)).partition(", ")
    words = last.split(" ")
    if comma:
        return re.split(r"[ -]", first)[0], words[-1]
    at, other = (place if place < len(words) else -1 for place in order)
    return words[at].partition("-")[0], words[other]


def _split_unspaced(text: str) -> tuple[str, str]:
    """Twice a whole name in Chinese, Japanese or Korean; "" where it is none that is known."""
    last_names, characters = _unspaced_names()
    cuts = range(1, min(4, len(text)))
    is_known = any(text[:cut] in last_names and set(text[cut:]) <= characters for cut in cuts)
    return (text, text) if is_known else ("", "")


def _without_beside(text: str) -> str:
    """A text without what stands beside a name in it: "Anna Berg" of "Anna Berg (4711)"."""
    return _BESIDE.sub("", text).strip() or text


def _read_login(text: str) -> str:
    """A login as the name that it may be: "Anna Berg" of "anna.berg"."""
    return re.sub("[._]", " ", text).title() if _LOGIN.fullmatch(text) else text


def _has_title(text: str) -> bool:
    return _without_title(text) != text


def _without_title(text: str) -> str:
    return re.sub(rf"^{_TITLE}", "", text)


def _fold(text: str) -> str:
    """Lower case without accents, so that Muller is Müller."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_UNDECOMPOSED))
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    """First names of many languages, folded, from Faker's lists."""
    return _read_lists("first_names", "first_names_male", "first_names_female")


@lru_cache(maxsize=1)
def _last_names() -> frozenset[str]:
    lists = ("last_names", "last_names_male", "last_names_female", "male_last_names", "unisex_last_names")
    return _read_lists(*lists)


def _read_lists(*lists: str) -> frozenset[str]:
    names = (_fold(name) for locale in _LOCALES for name in read_names(locale, *lists))
    return frozenset(name.split(" ")[-1] for name in names) - {""}


@lru_cache(maxsize=1)
def _unspaced_names() -> tuple[frozenset[str], frozenset[str]]:
    """Last names, and the characters that first names are made of."""
    last = frozenset[str]().union(*(read_names(one, "last_names") for one in _UNSPACED_LOCALES))
    lists = ("first_names", "first_names_male", "first_names_female")
    first = frozenset[str]().union(*(read_names(one, *lists) for one in _UNSPACED_LOCALES))
    return last, frozenset("".join(first))
