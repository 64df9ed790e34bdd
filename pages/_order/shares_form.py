"""How the rows are shared out among categories: as the dataset says, as in the sample, or as one likes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pipeline.datasets.spec import DatasetSpec, ModelledType, Role

if TYPE_CHECKING:
    from pipeline.workbench.workbench import Workbench

_DECLARED, _SAMPLE, _OWN = "declared", "sample", "own"
_SHARED_KINDS = (ModelledType.CATEGORICAL, ModelledType.BOOLEAN)

Parts = Mapping[str, float]
"""Category → share, 0–1."""


def ask_shares(workbench: Workbench, dataset: DatasetSpec) -> None:
    """Ask for the shares that the dataset declares, and for those of any other categorical column."""
    sample = workbench.datasets.list_sample_shares(dataset.name)
    for column, declared in dataset.shares.items():
        _ask_declared(dataset, column, declared, sample.get(column, {}))
    _ask_another(dataset)


def read_shares(workbench: Workbench, dataset: DatasetSpec) -> dict[str, Parts]:
    """What the form asks for by column, as shares 0–1; nothing for what the dataset declares itself."""
    state, shares = st.session_state, dict[str, Parts]()
    for column, declared in dataset.shares.items():
        choice = state.get(_name(dataset, column), _DECLARED)
        if choice == _SAMPLE:
            shares[column] = workbench.datasets.list_sample_shares(dataset.name)[column]
        elif choice == _OWN:
            keys = {category: _name(dataset, f"{column}_{category}") for category in declared}
            shares[column] = {category: round(state[key] / 100, 6) for category, key in keys.items()}
    another = _name_another(dataset)
    if chosen := state.get(f"{another}_column"):
        # Without a category the order is refused with those that there are.
        category = str(state[f"{another}_category"]).strip()
        shares[chosen] = {category: round(state[f"{another}_percent"] / 100, 6)}
    return shares


def keep_shares(dataset: DatasetSpec) -> None:
    """Show what the form asks for when it is drawn next."""
    # Key by key: the run that this order interrupts may still change the state, and iterating would fail.
    state = st.session_state
    st.session_state[f"last_{_name(dataset, '')}"] = {
        key: state[key] for key in _list_keys(dataset) if key in state
    }


def fill_shares(workbench: Workbench, dataset: DatasetSpec, shares: Mapping[str, Parts]) -> list[str]:
    """Have the form show the shares of an order when it is drawn next; gives the columns it cannot show."""
    shown = dict[str, Any]()
    for column, declared in dataset.shares.items():
        sample = workbench.datasets.list_sample_shares(dataset.name).get(column, {})
        shown |= _lay_out_declared(dataset, column, shares.get(column, declared), sample)
    others = {column: dict(parts) for column, parts in shares.items() if column not in dataset.shares}
    single = next((column for column, parts in others.items() if len(parts) == 1), None)
    if single is not None:
        ((category, share),) = others.pop(single).items()
        values = {"column": single, "category": category, "percent": round(share * 100, 4)}
        shown |= {f"{_name_another(dataset)}_{field}": value for field, value in values.items()}
    st.session_state[f"last_{_name(dataset, '')}"] = shown
    partial = [one for one, declared in dataset.shares.items() if {*shares.get(one, declared)} != {*declared}]
    return [*partial, *others]


def describe_shares(parts: Parts) -> str:
    """Shares as whole percent, as 53/47."""
    return "/".join(f"{100 * share:.0f}" for share in parts.values())


def _lay_out_declared(
    dataset: DatasetSpec, column: str, asked: Parts, sample: Parts
) -> dict[str, str | float]:
    """What the fields of a column with declared shares show for those that are asked for."""
    declared, key = dataset.shares[column], _name(dataset, column)
    if dict(asked) == dict(declared) or {*asked} != {*declared}:
        return {key: _DECLARED}
    if dict(asked) == dict(sample):
        return {key: _SAMPLE}
    percents = {_name(dataset, f"{column}_{one}"): round(share * 100, 4) for one, share in asked.items()}
    return {key: _OWN, **percents}


def _ask_declared(dataset: DatasetSpec, column: str, declared: Parts, sample: Parts) -> None:
    is_balanced = max(declared.values()) - min(declared.values()) < 0.01
    kind = "Balanced, as the dataset says" if is_balanced else "As the dataset says"
    words = {_DECLARED: f"{kind} ({describe_shares(declared)})"}
    if sample:
        words[_SAMPLE] = f"As in the sample ({describe_shares(sample)})"
    words[_OWN] = "Shares of your own"
    last, key = _read_last(dataset), _name(dataset, column)
    choice = st.selectbox(
        f"Shares of {column}: {' / '.join(declared)}, % of rows",
        list(words),
        list(words).index(last[key]) if last.get(key) in words else 0,
        key=key,
        format_func=words.__getitem__,
    )
    if choice != _OWN:
        return
    places = st.columns(max(len(declared), 3))
    for place, (category, share) in zip(places, declared.items(), strict=False):
        place.number_input(
            f"{column}: {category}, % of rows",
            0.0,
            100.0,
            last.get(_name(dataset, f"{column}_{category}"), round(share * 100, 2)),
            step=5.0,
            format="%.1f",
            key=_name(dataset, f"{column}_{category}"),
        )


def _ask_another(dataset: DatasetSpec) -> None:
    """The share of one category, of any categorical column that has no shares of its own."""
    names = [
        column.name
        for column in dataset.columns
        if column.role is Role.MODELLED and column.kind in _SHARED_KINDS and column.name not in dataset.shares
    ]
    if not names:
        return
    key, last, places = _name_another(dataset), _read_last(dataset), st.columns(3)
    before = last.get(f"{key}_column")
    column = places[0].selectbox(
        "Share of another column" if dataset.shares else "Share of a column",
        names,
        names.index(before) if before in names else None,
        key=f"{key}_column",
        placeholder="As in the sample",
        help="Every column keeps the proportions of the sample unless you ask for others; the other "
        "categories of the column keep theirs among each other.",
    )
    if column is None:
        return
    places[1].text_input("Its category", last.get(f"{key}_category", ""), key=f"{key}_category")
    places[2].number_input(
        "That category, % of rows",
        0.0,
        100.0,
        last.get(f"{key}_percent", 50.0),
        step=5.0,
        format="%.1f",
        key=f"{key}_percent",
    )


def _list_keys(dataset: DatasetSpec) -> Iterator[str]:
    """The keys of all fields that the form can show."""
    for column, declared in dataset.shares.items():
        yield _name(dataset, column)
        yield from (_name(dataset, f"{column}_{category}") for category in declared)
    yield from (f"{_name_another(dataset)}_{field}" for field in ("column", "category", "percent"))


def _read_last(dataset: DatasetSpec) -> Mapping[str, Any]:
    kept: Mapping[str, Any] = st.session_state.get(f"last_{_name(dataset, '')}", {})
    return kept


def _name(dataset: DatasetSpec, field: str) -> str:
    return f"share_{dataset.name}_{field}"


def _name_another(dataset: DatasetSpec) -> str:
    return f"another_share_{dataset.name}"
