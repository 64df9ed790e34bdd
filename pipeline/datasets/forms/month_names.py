"""Names of months in the languages that dates are read and written in."""

from __future__ import annotations

_FULL = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "de-at": "Jänner Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
}
_SHORT = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "en-4": "Jan Feb Mar Apr May June July Aug Sept Oct Nov Dec",
    "de": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "de-mrz": "Jan Feb Mrz Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "fr-dots": "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
}
FULL_NAMES = {names: tuple(words.split()) for names, words in _FULL.items()}
SHORT_NAMES = {names: tuple(words.split()) for names, words in _SHORT.items()}
LANGUAGES = tuple(dict.fromkeys((*FULL_NAMES, *SHORT_NAMES)))
CASES = ("title", "lower", "upper")


def month_words(directive: str, language: str, case: str) -> tuple[str, ...]:
    """The twelve names that a directive (`b` short, `B` full) writes; English where a language has none."""
    table = SHORT_NAMES if directive == "b" else FULL_NAMES
    words = table.get(language, table["en"])
    return tuple(getattr(str, case)(word) for word in words)


def month_numbers(directive: str, language: str) -> dict[str, int]:
    """Month of each name in lower case."""
    return {word: month for month, word in enumerate(month_words(directive, language, "lower"), start=1)}


def case_of(words: dict[str, int]) -> str:
    """The case that most of the counted words are written in."""
    counts = {case: sum(n for word, n in words.items() if word == getattr(str, case)(word)) for case in CASES}
    return max(counts, key=lambda case: counts[case])
