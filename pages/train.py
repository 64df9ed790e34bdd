"""Train a model, or several at once; watch them epoch by epoch, and see which to take."""

from __future__ import annotations

import streamlit as st

from pages._empty import say_no_dataset
from pages._order.changing import show_left_out, take_change
from pages._order.table_form import choose_dataset
from pages._server.orders import show_refusal
from pages._server.services import open_workbench
from pages._training.form import ask_training
from pages._training.order import (
    fill_training_form,
    find_latest_dataset,
    find_linked_training,
    offer_training_code,
    order_best,
    order_trainings,
    place_form,
    show_linked_curves,
    show_sent_trainings,
)
from pages._training.overview import show_trainings
from pipeline.access.accounts import AccountRole

st.title("Train a model")
workbench = open_workbench(AccountRole.ANALYST)
datasets = workbench.datasets.list()
if not datasets:
    say_no_dataset()
    st.stop()

show_refusal()
take_change(workbench, fill_training_form)
show_left_out()
show_sent_trainings()
show_linked_curves()
linked = find_linked_training(workbench)
before = find_latest_dataset(workbench)
dataset = choose_dataset(datasets, before, linked.dataset if linked else None)
with place_form(workbench, dataset.name, linked):
    ask_training(workbench, dataset.name, order_trainings, order_best)
    offer_training_code(workbench, dataset.name)
show_trainings(dataset.name, linked.id if linked else None)
