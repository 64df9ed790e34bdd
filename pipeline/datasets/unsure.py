"""What could not be decided about columns when a table was registered, as sentences with what to do."""

from __future__ import annotations

from pipeline.datasets.commands import set_command
from pipeline.datasets.spec import ColumnSpec, DatasetSpec

PHONE_OF = "phone_number of "
"""Begins an alternative of telephone numbers; the code of a country follows."""

SENTINELS = "numerical, with numbers that stand for missing"
"""An alternative of numbers of which some, such as 9999, lie far outside the others and repeat."""

LARGER, SMALLER = "numerical, a thousand times as large", "numerical, a thousandth as large"
"""Alternatives of numbers with three digits after their only sign, which the file rather than they decide."""
SPOILED = "numerical, in scientific notation"
"""An alternative of codes that a spreadsheet cut to a few digits and a power of ten."""

NAMES = "person_name, of a language that is not known"
"""An alternative of categories in the form of people's names."""

QUOTES = "numerical, with fractions behind a hyphen"
"""An alternative of prices of bonds, which are written in 32nds."""


def describe_unsure(spec: DatasetSpec) -> tuple[str, ...]:
    """One sentence for each column that could as well be something else, with the command that decides."""
    tests = (
        _doubt_phone,
        _doubt_offsets,
        _doubt_sentinels,
        _doubt_size,
        _doubt_spoiled,
        _doubt_quotes,
        _doubt_names,
    )
    found = (test(spec, column) for column in spec.columns for test in tests)
    return tuple(sentence for sentence in found if sentence)


def _doubt_offsets(spec: DatasetSpec, column: ColumnSpec) -> str:
    types = spec.source.get("types", {})
    # A file with a type for a time zone gets the offsets of that zone again.
    has_zone = "tz=" in str(types.get(column.name, ""))
    if has_zone or not column.form.get("offset_varies"):
        return ""
    offset = column.form.get("offset", "")
    return (
        f'Column "{column.name}" holds times with several offsets from UTC. The times of day stay as they '
        f'are written, and new ones all have the offset "{offset}": where the moment counts, convert '
        f"them to one offset and register the table again."
    )


def _doubt_size(spec: DatasetSpec, column: ColumnSpec) -> str:
    if LARGER not in column.alternatives and SMALLER not in column.alternatives:
        return ""
    is_small = LARGER in column.alternatives
    taken = "the decimal sign" if is_small else "the one between thousands"
    decimal = "," if column.form.get("decimal", ".") == "." else "."
    other = "groups thousands" if is_small else "is the decimal sign"
    return (
        f'Column "{column.name}" has three digits after every sign, which is taken for {taken}: where it '
        f"{other}, say so ({set_command(spec, column.name, f'decimal={decimal}')})."
    )


def _doubt_sentinels(spec: DatasetSpec, column: ColumnSpec) -> str:
    if SENTINELS not in column.alternatives:
        return ""
    return (
        f'Column "{column.name}" repeats numbers far outside its others, which may stand for missing and are '
        f"learned as amounts: leave these cells empty, or write a word in them, and register the table again."
    )


def _doubt_spoiled(spec: DatasetSpec, column: ColumnSpec) -> str:
    if SPOILED not in column.alternatives:
        return ""
    return (
        f'Column "{column.name}" holds long numbers in scientific notation, as a spreadsheet writes account '
        f"numbers: their last digits are lost, and new ones are invented. Export the column as text; amounts "
        f"are declared as such ({set_command(spec, column.name, 'kind=numerical')})."
    )


def _doubt_quotes(spec: DatasetSpec, column: ColumnSpec) -> str:
    if QUOTES not in column.alternatives:
        return ""
    return (
        f'Column "{column.name}" looks like prices in 32nds, such as 101-16 for 101.5, which are not read as '
        f"numbers: new ones are invented text. Write them as decimal numbers, and register the table again."
    )


def _doubt_names(spec: DatasetSpec, column: ColumnSpec) -> str:
    if NAMES not in column.alternatives:
        return ""
    return (
        f'Column "{column.name}" holds words in the form of names of people, which no list knows. They are '
        f"taken for categories, which tables repeat as they are: where they are people, say so "
        f"({set_command(spec, column.name, 'kind=person_name')})."
    )


def _doubt_phone(spec: DatasetSpec, column: ColumnSpec) -> str:
    rivals = [one.removeprefix(PHONE_OF) for one in column.alternatives if one.startswith(PHONE_OF)]
    chosen = str(column.options.get("country", ""))
    if not rivals or not chosen:
        return ""
    return (
        f'Column "{column.name}" holds telephone numbers without a country code, which are as valid in '
        f"{' and '.join(rivals)} as in {chosen}: new ones are of {chosen}; to change that, set its country "
        f"({set_command(spec, column.name, f'country={rivals[0]}')})."
    )
