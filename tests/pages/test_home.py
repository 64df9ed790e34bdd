"""The Home page: what to do next, what ran last, the datasets, and the tour of a first login."""

from __future__ import annotations

import pytest

from pipeline.access.accounts import AccountRole
from pipeline.errors import TrainingError
from pipeline.generation.orders import GenerateOrder
from pipeline.runs.orders import TrainOrder
from pipeline.synthesizers.recipe import Recipe
from tests.pages.conftest import read_text


def list_links(page):
    """Where the links of the page lead."""
    return [(link.proto.label, link.proto.page, link.proto.query_string) for link in page.get("page_link")]


@pytest.fixture
def home(enter):
    """The page of an analyst who has ended the tour."""
    page = enter()
    return page.button(key="end_tour").click().run()


def test_every_dataset_has_a_card(home):
    shown = read_text(home)
    assert "#### Staff of an \\*invented\\* firm" in shown
    assert "2 columns. Learned: gender; the rest is derived." in shown
    assert "Cards of nobody." in shown
    assert ("Generate the tables", "related", "dataset=bank") in list_links(home)


def test_no_dataset_says_where_to_add_one(home, workbench):
    workbench.given_datasets = workbench.given_sets = ()
    home.run()
    assert "Add a table on the Datasets page" in read_text(home)
    assert list_links(home) == [("Add a table", "datasets", "")]


@pytest.mark.parametrize(
    ("role", "links"),
    [
        (AccountRole.ANALYST, ["Datasets", "Generate", "Runs"]),
        (AccountRole.VIEWER, ["Datasets", "Runs", "Quality"]),
    ],
)
def test_a_first_login_is_shown_three_steps_until_it_ends_the_tour(enter, open_tab, role, links):
    page = enter(role=role)
    assert "How it goes" in read_text(page)
    assert [label for label, *_ in list_links(page)][:3] == links
    page.button(key="end_tour").click().run()
    assert "How it goes" not in read_text(page)
    assert "How it goes" not in read_text(open_tab("home.py", role))


def test_the_first_table_is_proposed_and_only_to_those_who_may_order_it(home, open_tab):
    assert list_links(home)[0] == ("Generate the first table", "generate", "dataset=staff")
    assert len(list_links(home)) == 5
    viewer = open_tab("home.py", AccountRole.VIEWER)
    assert [label for label, *_ in list_links(viewer)] == ["Datasets", "Runs", "Quality"]


def test_recent_runs_are_shown_with_how_they_ended_and_a_training_leads_on(home, workbench):
    for seed in range(5):
        workbench.runs.submit(GenerateOrder("staff", 1_000, Recipe(), seed=seed))
    training = workbench.runs.submit(TrainOrder("cards", Recipe("autoregressive", epochs=9)))
    home.run()
    shown = read_text(home)
    assert "Training cards, autoregressive, 9 epochs is done." in shown
    assert "**Training: cards, autoregressive, 9 epochs** · done, quality 0.930" in shown
    assert ("seed 1" in shown, "seed 0" in shown) == (True, False)
    assert list_links(home)[:2] == [
        ("Generate with its model", "generate", f"dataset=cards&model={training.id}"),
        ("Open", "train", f"run={training.id}"),
    ]


def test_a_failed_run_leads_to_its_reason(home, workbench):
    workbench.failure = TrainingError("The table is empty.", "add rows.")
    run = workbench.runs.submit(GenerateOrder("staff", 1_000, Recipe()))
    home.run()
    assert "Table staff, 1,000 rows, seed 0 failed." in read_text(home)
    assert list_links(home)[0] == ("See why", "runs", f"run={run.id}")


def test_runs_of_others_are_not_on_ones_home_page(home, open_tab, workbench):
    workbench.runs.submit(GenerateOrder("staff", 1_000, Recipe()))
    assert "Recent runs" not in read_text(open_tab("home.py", AccountRole.ADMIN))
