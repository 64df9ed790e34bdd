"""Names of time zones and of days of the week in dates."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

_PAIRS = {
    "GMT/BST": "Europe/London",
    "WET/WEST": "Europe/Lisbon",
    "CET/CEST": "Europe/Berlin",
    "MEZ/MESZ": "Europe/Berlin",
    "EET/EEST": "Europe/Helsinki",
    "EST/EDT": "America/New_York",
    "CST/CDT": "America/Chicago",
    "MST/MDT": "America/Denver",
    "PST/PDT": "America/Los_Angeles",
    "AEST/AEDT": "Australia/Sydney",
    "NZST/NZDT": "Pacific/Auckland",
}
_OTHERS = "UTC GMT UT IST JST SGT HKT MSK TRT WIB KST PKT ICT SAST EAT WAT AWST ACST NZST BRT ART"
ZONES = tuple(dict.fromkeys([name for pair in _PAIRS for name in pair.split("/")] + _OTHERS.split()))
"""The names that are read."""

_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "de": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
    "it": "lunedì martedì mercoledì giovedì venerdì sabato domenica",
}


def is_zone(zone: str) -> bool:
    """Whether a form can be written with this zone: one name, or those of winter and summer ("CET/CEST")."""
    return zone in ZONES or zone in _PAIRS


def choose_zone(names: dict[str, int]) -> str:
    """The zone of a column from the names in it and their counts; a pair where both of its names occur."""
    pairs = [pair for pair in _PAIRS if set(pair.split("/")) <= set(names)]
    counts = {**names, **{pair: sum(names[name] for name in pair.split("/")) for pair in pairs}}
    return max(counts, key=lambda zone: counts[zone])


def write_zones(nanoseconds: np.ndarray, zone: str) -> np.ndarray:
    """The name of the zone at wall times: that of summer while its clocks are forward."""
    if zone not in _PAIRS:
        return np.full(len(nanoseconds), zone, dtype=object)
    winter, summer = zone.split("/")
    moments = pd.DatetimeIndex(nanoseconds.view("datetime64[ns]"))
    offsets = _offsets(moments, _PAIRS[zone])
    standard = _offsets(pd.DatetimeIndex(["2023-01-01", "2023-07-01"]), _PAIRS[zone]).min()
    return np.where(offsets > standard, summer, winter).astype(object)


def _offsets(moments: pd.DatetimeIndex, place: str) -> np.ndarray:
    """Seconds east of UTC at wall times; the hour that comes twice is that of summer."""
    is_summer = np.ones(len(moments), dtype=bool)
    local = moments.tz_localize(place, ambiguous=is_summer, nonexistent="shift_forward")
    spans = local.tz_localize(None) - local.tz_convert("UTC").tz_localize(None)
    return np.asarray(spans.total_seconds())


@lru_cache(maxsize=64)
def day_words(directive: str, language: str, case: str = "title") -> tuple[str, ...]:
    """The seven names that a directive (`a` short, `A` full) writes, Monday first."""
    words = _DAYS.get(language.split("-")[0], _DAYS["en"]).split()
    size = 2 if language.startswith("de") else 3
    return tuple(getattr(str, case)(word if directive == "A" else word[:size]) for word in words)


def day_language(words: dict[str, int]) -> str:
    """The language in which the most of the counted names are those of days; English where all fit alike."""
    known = {one: {*day_words("a", one, "lower"), *day_words("A", one, "lower")} for one in _DAYS}
    return max(_DAYS, key=lambda one: sum(n for word, n in words.items() if word.lower() in known[one]))
