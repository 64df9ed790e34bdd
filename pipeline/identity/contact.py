"""E-mail addresses and telephone numbers that cannot reach a person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.identity.people import draw_names, followed_names, join_texts, put_first_names_first
from pipeline.identity.permutation import Codes, Permutation
from pipeline.identity.tables import load_table
from pipeline.identity.task import ColumnTask
from pipeline.identity.templates import Template, digit_fields, literal_field, options_field

RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
"""Second-level domains that RFC 2606 reserves for examples."""

_SPELT_OUT = {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "ı": "i", "đ": "d"}
_SMALLEST_NUMBER_SPACE = 10_000


def email(task: ColumnTask) -> np.ndarray:
    """Texts like "first.last123@example.org" after the name columns that it follows: dot-atoms of RFC 5322.

    The number is unique in the job, and no real address ends in it, so no address can recur. Where an
    address would be longer than its column, its names are cut to "f.last", or to what has room.
    """
    parts = followed_names(task)
    # Two columns are first and last name; of one, the last name may be first.
    parts = [put_first_names_first(parts[0])] if len(parts) == 1 else parts or draw_names(task)
    names = join_texts(parts, ".")
    local = pc.replace_substring(pc.ascii_lower(_without_accents(names)), " ", ".")
    if pc.any(pc.match_substring(local, "..")).as_py():
        local = pc.replace_substring_regex(local, r"\.{2,}", ".")
    numbers = pc.cast(pa.array(_numbers(task)), pa.string())
    domains = np.array([f"@{domain}" for domain in RESERVED_DOMAINS], dtype=object)
    picks = task.shared_stream(f"{task.column.name}\0domain").integers(0, len(domains), task.rows)
    endings = numbers.to_numpy(zero_copy_only=False) + domains[picks]
    found = np.asarray(local.to_numpy(zero_copy_only=False))
    if task.most:
        rooms = (max(task.most - len(ending), 0) for ending in endings)
        found = np.array(list(map(_shorten_local, found, rooms)), dtype=object)
    return np.asarray(found + endings)


def _shorten_local(name: str, room: int) -> str:
    """The name of an address with at most so many characters: first.last, f.last, f.la, f."""
    if len(name) <= room:
        return name
    first, dot, rest = name.partition(".")
    return f"{first[:1]}{dot}{rest}"[:room].rstrip(".'-")


def _without_accents(names: np.ndarray) -> pa.Array:
    """Names in the letters of an address: accents are dropped, and what is left of other signs."""
    plain = pa.array(names, type=pa.string())
    if pc.all(pc.string_is_ascii(plain)).as_py():
        return plain
    for letter, written in _SPELT_OUT.items():
        plain = pc.replace_substring(plain, letter, written)
    bare = pc.replace_substring_regex(pc.utf8_normalize(plain, form="NFKD"), r"[^A-Za-z0-9. '-]", "")
    return pc.if_else(pc.equal(bare, ""), "x", bare)


def _numbers(task: ColumnTask) -> np.ndarray:
    real = task.protected(r"^.*?([0-9]*)@.*$", r"\1")
    taken = np.array(
        [int(number) for number in real if number.isdigit() and len(number) <= 18], dtype=np.uint64
    )
    size = max(_SMALLEST_NUMBER_SPACE, 10 ** len(str(task.request.job_rows + len(taken))))
    order = Permutation.seeded(size, task.job_seed())
    return task.pick(Codes(order, taken[taken < size]))


def phone_number(task: ColumnTask) -> np.ndarray:
    """Texts like "(212) 555-0147": 555-0100 to 555-0199 are kept for fiction in every area code (NANPA)."""
    areas = options_field([row["area_code"] for row in load_table("area_codes")])
    template = Template((literal_field("("), areas, literal_field(") 555-01"), *digit_fields(2)))
    real = task.protected(r"^\D*1?\D*(\d{3})\D*(\d{3})\D*(\d{4})\D*$", r"(\1) \2-\3")
    return template.render(task.pick(task.scattered(template, template.read(real))))
