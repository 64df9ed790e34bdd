"""One fitted model as a card: where it comes from, and how to be rid of it."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._server.services import get_actor, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.models.related.model import RelatedModelInfo, RelatedModelSummary
from pipeline.models.store import ModelSummary
from pipeline.synthesizers.recipe import name_recipe, name_training


def show_model(model: ModelSummary) -> None:
    """A model of one table."""
    info = model.info
    source = "initial synthetic data of HMA" if info.initial_rows else "the real training rows"
    with st.container(border=True):
        _show_head(model, name_recipe(info.recipe, info.epochs_trained), source)
        if info.choice:
            st.caption(escape(f"Chosen by trial: {info.choice.reason}"))
        for finding in info.refinement.findings if info.refinement else ():
            st.caption(escape(finding))
        for plan in info.treatments:
            if not plan.is_plain:
                st.caption(f"Column {escape(plan.column)}, {plan.treatment.value}: {escape(plan.reason)}.")


def show_related_model(model: RelatedModelSummary) -> None:
    """A model of several tables."""
    with st.container(border=True):
        _show_head(model, _name_training(model.info), "the real training rows")
        rows = ", ".join(f"{count:,} of {escape(name)}" for name, count in model.info.training_rows.items())
        st.caption(f"Training rows: {rows}.")


def _name_training(info: RelatedModelInfo) -> str:
    return f"{len(info.training_rows)} tables, {name_training(info.recipe.synthesizer, info.epochs_trained)}"


def _show_head(model: ModelSummary | RelatedModelSummary, training: str, source: str) -> None:
    info = model.info
    text, action = st.columns([5, 1], vertical_alignment="center")
    text.markdown(f"**{info.dataset}** · {training}")
    text.caption(
        f"Trained on {source} in {info.seconds:.1f} seconds, seed {info.recipe.seed}; "
        f"made {info.created_at[:16].replace('T', ' ')} UTC; {model.size_bytes / 1e6:.1f} MB; id {info.id}"
    )
    if not get_actor().role.includes(AccountRole.ANALYST):
        return
    with action.popover("Delete", icon=":material/delete:", key=f"ask_delete_{info.id}"):
        st.write(f"Delete model {info.id} permanently? An identical order trains it again.")
        if st.button("Yes, delete", key=f"delete_{info.id}", type="primary"):
            open_workbench().models.delete(info.id)
            st.rerun()
