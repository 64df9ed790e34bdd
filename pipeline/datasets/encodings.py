"""The encoding of a text file: by its marks, by its bytes, and by whether its letters make words."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from pipeline.errors import DataError

ENCODING_HINT = "name it with --encoding, for instance cp1252, cp1250, cp850, cp437 or utf-16."
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "utf-8": "UTF-8",
        "utf-16-le": "UTF-16",
        "utf-16-be": "UTF-16 (big-endian)",
        "utf-32-le": "UTF-32",
        "utf-32-be": "UTF-32 (big-endian)",
        "cp1252": "Windows-1252",
        "cp1250": "Windows-1250",
        "cp1251": "Windows-1251",
        "cp1253": "Windows-1253",
        "cp1254": "Windows-1254",
        "cp850": "DOS code page 850",
        "cp437": "DOS code page 437",
        "cp852": "DOS code page 852",
        "iso8859-2": "ISO 8859-2",
        "mac-roman": "Mac Roman",
    }
)
"""What encodings are called in sentences."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 4096
_MOST_WORDS = 20_000
_ENOUGH = 0.5  # of the distinct words with letters beyond ASCII must make sense
_WORD = re.compile(rb"[A-Za-z'\x80-\xff]*[\x80-\xff][A-Za-z'\x80-\xff]*")
_WEST = ("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "àèéìîòóù", "áâãàçéêíóôõúü", "åäöæøé", "éëïóöü", "áðéíóúýþæö")
_CENTRE = ("ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű", "ăâîșțşţ", "čćđšž", "äöüß")
# In the order in which they win where all of their words are equally plausible.
_LETTERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cp1252": _WEST,
        "cp1250": _CENTRE,
        "cp850": _WEST,
        "cp437": _WEST,
        "cp852": _CENTRE,
        "iso8859-2": _CENTRE,
        "cp1254": ("çğıöşüâîûi\u0307", "äöüß"),
        "cp1251": ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
        "cp1253": ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",),
        "mac-roman": _WEST,
    }
)
# What may be before, after and inside a word without being a letter of it.
_BEFORE = "‘“„‚«»‹›¿¡§¶€£¥¢¤±×÷†‡•·©–—\u00a0½¼¾"
_AFTER = "’”“‘»«›‹…°²³¹µ™®©ªº€£¥¢¤±×÷†‡‰•·–—\u00a0½¼¾"
_SIGNS = frozenset(_BEFORE + _AFTER + "´\u00ad")
_LATIN = frozenset("äéáâçóč")  # every Latin alphabet above has one of them; Greek and Cyrillic mix with none
_INSIDE = frozenset("’´·­-'\u00a0–—")


@dataclass(frozen=True)
class Decoded:
    """The text of a file, its encoding as Python names it, and whether a byte order mark stood first."""

    text: str
    encoding: str
    has_bom: bool = False


def decode(content: bytes, file: str, encoding: str | None = None, likely: str = "") -> Decoded:
    """The text of a file; `encoding` is what a user said, `likely` what is tried before guessing.

    Raises DataError, naming the option, for bytes that no encoding explains.
    """
    for mark, name in _MARKS:
        if content.startswith(mark) and (encoding is None or encoding.split("-")[0] == name.split("-")[0]):
            return Decoded(_decode_as(content[len(mark) :], name, file), name, has_bom=True)
    if encoding is not None:
        return Decoded(_decode_as(content, encoding, file), encoding)
    found = _find_wide(content)
    if found is not None:
        return Decoded(_decode_as(content, found, file), found)
    try:
        return Decoded(content.decode(), "utf-8")
    except UnicodeDecodeError as error:
        names = (likely,) if likely and _decodes(content, likely) else list_encodings(content)
        if not names:
            raise _unknown(content, file, error) from error
        return Decoded(content.decode(names[0]), names[0])


def list_encodings(content: bytes) -> tuple[str, ...]:
    """Encodings of one byte a letter in which the words of a file make sense, the likeliest first."""
    words = {match.group() for match in islice(_WORD.finditer(content), _MOST_WORDS)}
    scores = {name: _score(words, name) for name in _LETTERS}
    ranked = sorted((name for name in scores if scores[name] >= _ENOUGH), key=lambda name: -scores[name])
    return tuple(name for name in ranked if _decodes(content, name))


def name_encoding(encoding: str) -> str:
    """What an encoding is called in a sentence, with the word that --encoding takes."""
    title = TITLES.get(encoding)
    return f"{title} ({encoding})" if title else encoding


def _score(words: set[bytes], encoding: str) -> float:
    """Share (0-1) of the words that are words of one of the languages written in an encoding."""
    try:
        texts = [word.decode(encoding) for word in words]
    except UnicodeDecodeError:
        return 0.0
    if not texts:
        return 0.0
    alphabets = [frozenset(letters) for letters in _LETTERS[encoding]]
    best = max(sum(_makes_sense(text, letters) for text in texts) for letters in alphabets)
    # Names of several countries are in one table; a mix explains a little less than one language.
    mixed = sum(any(_makes_sense(text, letters) for letters in alphabets) for text in texts)
    return max(best, 0.9 * mixed) / len(texts)


def _makes_sense(word: str, letters: frozenset[str]) -> bool:
    """Whether the letters beyond ASCII belong to an alphabet and stand as they do in a word."""
    high = [character for character in word.lower() if ord(character) > 127]
    if not all(character in letters or character in _SIGNS for character in high):
        return False
    core = word.lstrip(_BEFORE + "'").rstrip(_AFTER + "'")
    if any(not character.isalpha() and character not in _INSIDE for character in core):
        return False
    parts = [part for part in re.split(r"[^\w]+", core) if part]
    if _LATIN.isdisjoint(letters) and any(
        not part.isascii() and any(map(str.isascii, part)) for part in parts
    ):
        return False
    return all(part.islower() or part.isupper() or part[1:].islower() or _is_name(part) for part in parts)


def _is_name(word: str) -> bool:
    """McDonald, DuPré: an inner capital that begins a part of its own."""
    return (
        word[0].isupper()
        and bool(re.fullmatch(r"(?:[^\W\d_a-z][^\W\d_]*?[a-zß-ÿ]+){2,3}", word))
        and (not any(ord(letter) > 127 and letter.isupper() for letter in word[1:]))
    )


def _find_wide(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    sample = content[:_SAMPLE_BYTES]
    sample = sample[: len(sample) // 2 * 2]
    half = len(sample) // 2
    if half == 0 or len(content) % 2:
        return None
    first, second = sample[::2].count(0), sample[1::2].count(0)
    if max(first, second) < 0.4 * half or min(first, second) > 0.05 * half:
        return None
    name = "utf-16-be" if first > second else "utf-16-le"
    return name if _decodes(content, name) else None


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decode_as(content: bytes, encoding: str, file: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{file}, line {line}: contains bytes that are not valid {name_encoding(encoding)}.",
            ENCODING_HINT,
        ) from error


def _unknown(content: bytes, file: str, error: UnicodeDecodeError) -> DataError:
    line = content.count(b"\n", 0, error.start) + 1
    return DataError(
        f"{file}, line {line}: holds bytes that are not UTF-8, and no other known encoding fits.",
        ENCODING_HINT,
    )
