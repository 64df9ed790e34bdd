"""The fitted models, and a way to be rid of one."""

from __future__ import annotations

import streamlit as st

from pages._errors import escape
from pages._server.services import get_actor, open_workbench
from pipeline.access.accounts import AccountRole
from pipeline.synthesizers.recipe import name_training

workbench = open_workbench()
may_delete = get_actor().role.includes(AccountRole.ANALYST)

st.title("Models")
models = workbench.models.list()
if not models:
    st.info(
        "No model has been fitted yet. The first table you generate fits one.",
        icon=":material/model_training:",
    )
for model in models:
    info = model.info
    with st.container(border=True):
        text, action = st.columns([5, 1], vertical_alignment="center")
        text.markdown(f"**{info.dataset}** · {name_training(info.recipe.synthesizer, info.epochs_trained)}")
        source = "initial synthetic data of HMA" if info.initial_rows else "the real training rows"
        text.caption(
            f"Trained on {source} in {info.seconds:.1f} seconds, seed {info.recipe.seed}; "
            f"made {info.created_at[:16].replace('T', ' ')} UTC; {model.size_bytes / 1e6:.1f} MB; "
            f"id {info.id}"
        )
        if info.choice:
            text.caption(escape(f"Chosen by trial: {info.choice.reason}"))
        for finding in info.refinement.findings if info.refinement else ():
            text.caption(escape(finding))
        for plan in info.treatments:
            if not plan.is_plain:
                text.caption(f"Column {escape(plan.column)}, {plan.treatment.value}: {escape(plan.reason)}.")
        if not may_delete:
            continue
        with action.popover("Delete", icon=":material/delete:", key=f"ask_delete_{info.id}"):
            st.write(f"Delete model {info.id} permanently? An identical order trains it again.")
            if st.button("Yes, delete", key=f"delete_{info.id}", type="primary"):
                workbench.models.delete(info.id)
                st.rerun()
