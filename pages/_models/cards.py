"""The selected model as a card: where it comes from, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._errors import escape
from pages._models.names import name_model
from pages._runs.naming import offer_naming
from pages._runs.text import mark_tags
from pages._server.services import may_order
from pages._verdict import show_figure
from pipeline.models.related.model import RelatedModelInfo, RelatedModelSummary

if TYPE_CHECKING:
    from pipeline.models.model import ModelInfo
    from pipeline.workbench.labels import NamedModel
    from pipeline.workbench.workbench import Workbench


def show_model(workbench: Workbench, model: NamedModel) -> None:
    """One model with everything that is known of it."""
    summary = model.summary
    with st.container(border=True, key=f"model_{summary.info.id}"):
        _show_head(model)
        if isinstance(summary, RelatedModelSummary):
            _show_tables(summary.info)
        else:
            _show_course(summary.info)
        _offer_actions(workbench, model)


def _show_head(model: NamedModel) -> None:
    info = model.summary.info
    title = f"{escape(model.labels.title)} · " if model.labels.title else ""
    st.markdown(f"{title}**{escape(info.dataset)}** · {name_model(model)}{mark_tags(model.labels.tags)}")
    has_hma = not isinstance(info, RelatedModelInfo) and info.initial_rows
    source = "initial synthetic data of HMA" if has_hma else "the real training rows"
    by = f" by {escape(model.owner)}" if model.owner else ""
    st.caption(
        f"Trained{by} on {source} in {info.seconds:.1f} seconds, seed {info.recipe.seed}; "
        f"made {info.created_at[:16].replace('T', ' ')} UTC; "
        f"{model.summary.size_bytes / 1e6:.1f} MB; id {info.id}"
    )


def _show_course(info: ModelInfo) -> None:
    if info.quality is not None:
        show_figure(info.figure, "this model")
    if info.choice:
        st.caption(escape(f"Chosen by trial: {info.choice.reason}"))
    for finding in info.refinement.findings if info.refinement else ():
        st.caption(escape(finding))
    for plan in info.treatments:
        if not plan.is_plain:
            st.caption(f"Column {escape(plan.column)}, {plan.treatment.value}: {escape(plan.reason)}.")


def _show_tables(info: RelatedModelInfo) -> None:
    rows = ", ".join(f"{count:,} of {escape(name)}" for name, count in info.training_rows.items())
    st.caption(f"Training rows: {rows}.")


def _offer_actions(workbench: Workbench, model: NamedModel) -> None:
    if not may_order():
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        _offer_generate(model)
        if model.run is not None:
            _offer_training(model.run.id, model.run.kind.trains and not model.is_related)
            offer_naming(model.run)
        _offer_delete(workbench, model.summary.info.id)


def _offer_generate(model: NamedModel) -> None:
    info = model.summary.info
    chosen = {"dataset": info.dataset}
    page = "related.py" if model.is_related else "generate.py"
    if not model.is_related:
        chosen["model"] = f"model:{info.id}"
    st.page_link(page, label="Generate with it", icon=":material/table_chart:", query_params=chosen)


def _offer_training(run_id: str, has_curves: bool) -> None:
    page = "train.py" if has_curves else "runs.py"
    st.page_link(
        page, label="Open its training", icon=":material/model_training:", query_params={"run": run_id}
    )


def _offer_delete(workbench: Workbench, model_id: str) -> None:
    with st.popover("Delete", icon=":material/delete:", key=f"ask_delete_{model_id}"):
        st.write(f"Delete model {model_id} permanently? An identical order trains it again.")
        if st.button("Yes, delete", key=f"delete_{model_id}", type="primary"):
            workbench.models.delete(model_id)
            st.rerun()
