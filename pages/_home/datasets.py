"""The datasets as cards, each with the way to an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from pages._empty import say_no_dataset
from pages._errors import escape
from pipeline.datasets.spec import DatasetSpec, Role

if TYPE_CHECKING:
    from pipeline.datasets.related.schema import RelatedSchema


def show_datasets(datasets: Sequence[DatasetSpec], sets: Sequence[RelatedSchema], may_order: bool) -> None:
    """A card for each dataset of one table, then for those of several, or where to add one."""
    st.subheader("Datasets")
    if not datasets and not sets:
        say_no_dataset()
    places = st.columns(2)
    listed: list[DatasetSpec | RelatedSchema] = [*datasets, *sets]
    for number, dataset in enumerate(listed):
        with places[number % 2].container(border=True):
            if isinstance(dataset, DatasetSpec):
                _show_table(dataset, may_order)
            else:
                _show_set(dataset, may_order)


def _show_table(dataset: DatasetSpec, may_order: bool) -> None:
    learned = [column.name for column in dataset.columns if column.role is Role.MODELLED]
    learned += [feature.name for feature in dataset.features]
    st.markdown(f"#### {escape(dataset.title)}")
    st.write(escape(dataset.description))
    names = escape(", ".join(learned))
    st.caption(f"{len(dataset.columns)} columns. Learned: {names}; the rest is derived.")
    if may_order:
        _offer("generate.py", "Generate a table", dataset.name)


def _show_set(schema: RelatedSchema, may_order: bool) -> None:
    st.markdown(f"#### {escape(schema.title)}")
    st.write(escape(schema.description))
    names = escape(", ".join(table.name for table in schema.tables))
    st.caption(f"{len(schema.tables)} tables: {names}.")
    if may_order:
        _offer("related.py", "Generate the tables", schema.name)


def _offer(page: str, label: str, dataset: str) -> None:
    st.page_link(page, label=label, icon=":material/arrow_forward:", query_params={"dataset": dataset})
