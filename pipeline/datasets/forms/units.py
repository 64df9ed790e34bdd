"""Currencies and units that are before or after a number."""

from __future__ import annotations

import re
import unicodedata

_CURRENCIES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY KES KRW "
    "KWD MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR "
    "Euro euro Rs Rs. Fr. fr. sFr. SFr. kr kr. Kr zł Kč Ft lei лв руб. руб р. DM TL RM "
    "R$ US$ A$ AU$ C$ CA$ HK$ S$ NZ$ NT$ MX$"
)
_UNITS = (
    "% ‰ ‱ bp bps kg g mg t lb lbs oz km m cm mm mi ft in l ml h min s ms kWh MWh kW MW W kB KB MB GB TB "
    "°C °F ° m² m³ km² km/h k K M Mio Mio. Mrd Mrd. mn bn"
)
_SCALES = (
    "k K T Tsd Tsd. tsd. thousand M m MM Mio Mio. mio mio. mn mln Mill. million millions Millionen B b bn Bn "
    "bln Mrd Mrd. mrd mrd. Milliarden billion G lakh crore"
)
CURRENCIES = frozenset(_CURRENCIES.split())
SIGN_WORDS = {"CR": "DR", "Cr": "Dr", "cr": "dr", "Cr.": "Dr.", "C": "D", "H": "S", "Haben": "Soll"}
"""The word of positive amounts and that of negative ones."""

# "C", "D", "H" and "S" right behind a number are the end of a code more often than a sign.
_GLUED_SIGN_WORDS = frozenset(
    word for pair in SIGN_WORDS.items() for word in pair if word.rstrip(".").lower() in ("cr", "dr")
)
_UNITS_WITHOUT_BLANK = CURRENCIES | frozenset(_UNITS.split())
_UNIT_AFTER_BLANK = re.compile(
    r"[^\W\d_]{1,12}\.?|[^\W\d_]{1,6}[/][^\W\d_]{1,6}[²³]?|[%‰‱]|°[CF]?|[^\W\d_]{1,3}[²³]"
)


_SCALED_CURRENCY = re.compile(
    rf"(?P<scale>{'|'.join(map(re.escape, sorted(_SCALES.split(), key=len, reverse=True)))})"
    r"(?P<blank>\s?)(?P<currency>\S+)"
)


def is_scaled_currency(before: str, after: str) -> bool:
    """Whether the text around a number is a currency and a word of scale: "$#bn", "# Mio. EUR".

    Letters on both sides without a blank are those of a code.
    """
    prefix, suffix = before.strip(), after.strip()
    if prefix:
        is_apart = _is_symbol(prefix) or before[-1].isspace()
        return is_apart and is_prefix(prefix) and suffix in _SCALES.split()
    found = _SCALED_CURRENCY.fullmatch(suffix)
    if found is None:
        return False
    is_apart = bool(found["blank"]) or after[0].isspace()
    return _is_symbol(found["currency"]) or (is_apart and found["currency"] in CURRENCIES)


def is_currency(unit: str) -> bool:
    """Whether a unit is a currency, by its sign, its code or its name."""
    return unit in CURRENCIES or _is_symbol(unit)


def is_prefix(unit: str) -> bool:
    """Whether a text before a number is a currency; other words before a number make it a code."""
    return unit in CURRENCIES or unit == "%" or _is_symbol(unit)


def is_suffix(unit: str, has_blank: bool) -> bool:
    """Whether a text after a number is a currency or a unit; after a blank any single word may be one."""
    if unit in _UNITS_WITHOUT_BLANK or _is_symbol(unit) or unit in _GLUED_SIGN_WORDS:
        return True
    return has_blank and _UNIT_AFTER_BLANK.fullmatch(unit) is not None


def negative_word(positive_unit: str, negative_unit: str) -> str:
    """The word of negative amounts where the units of a form's templates are signs, "" otherwise."""
    return negative_unit if SIGN_WORDS.get(positive_unit) == negative_unit else ""


def _is_symbol(unit: str) -> bool:
    return len(unit) == 1 and unicodedata.category(unit) == "Sc"
