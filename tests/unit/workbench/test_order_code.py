"""Orders as code: the command and the request give the same order again."""

from __future__ import annotations

import ast
import json
import shlex
from datetime import date

import pytest
from typer.main import get_command

from pipeline.api.orders import BulkBody, GenerateBody, RecipeBody, TrainBody
from pipeline.api.related_schemas import RelatedBody, RelatedBulkBody
from pipeline.cli import app
from pipeline.generation.orders import (
    BulkOrder,
    GenerateOrder,
    RelatedBulkOrder,
    RelatedOrder,
    RelatedTrainOrder,
)
from pipeline.models.related.recipe import RelatedRecipe
from pipeline.runs.orders import EvaluateOrder, Order, TrainOrder
from pipeline.synthesizers.recipe import Recipe
from pipeline.workbench.order_code import write_code

RECIPE = Recipe("ctgan", epochs=3, use_hma=False, seed=5, time_budget_s=60.0)
TABLE = GenerateOrder("employee", 1_000, RECIPE, 7, date(2026, 1, 31), {"gender": {"Female": 0.5}})
ORDERS: list[Order] = [
    TABLE,
    GenerateOrder("it's", 2_000, Recipe("gaussian_copula"), format="excel"),
    TrainOrder("employee", Recipe("auto", epochs=20)),
    BulkOrder("pci", 100_000, recipe=Recipe("autoregressive"), as_of=date(2026, 1, 31)),
    RelatedOrder("bank", 2.0, RelatedRecipe(epochs=4), 3, date(2026, 1, 31)),
    RelatedOrder("shop", 0.5, RelatedRecipe("hma", seed=4), format="sql"),
    RelatedBulkOrder("bank", None, 500.0, RelatedRecipe(epochs=4, threads=2), 3, part_roots=90),
    RelatedTrainOrder("bank", RelatedRecipe(epochs=4)),
    GenerateOrder("pci", 1_000, RECIPE, 7, date(2026, 1, 31), model="5b1f0c9a7e3d"),
]


def read_body(curl: str) -> dict:
    words = shlex.split(curl.replace("\\\n", " "))
    return json.loads(words[words.index("-d") + 1])


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.kind} {order.dataset}")
def test_every_option_of_the_command_is_one_and_the_python_can_be_read(order):
    code = write_code(order)
    words = shlex.split(code.command)
    assert words[:3] == ["python", "-m", "pipeline"]
    command = get_command(app).commands[words[3]]
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= known
    assert words[4] == order.dataset
    assert ast.parse(code.python)


def test_the_command_says_every_setting():
    assert write_code(TABLE).command == (
        "python -m pipeline generate employee --rows 1000 --seed 7 --as-of 2026-01-31 "
        "--share gender=Female:0.5 --synthesizer ctgan --epochs 3 --no-hma --train-seed 5 --time-budget 60.0"
    )


def test_the_api_reads_the_same_order_from_the_request():
    body = GenerateBody.model_validate(read_body(write_code(TABLE).curl))
    assert (body.dataset, body.rows, body.seed, body.as_of) == ("employee", 1_000, 7, date(2026, 1, 31))
    assert body.shares == TABLE.shares
    given = body.recipe.model_dump(exclude_none=True)
    assert Recipe(**given) == RECIPE
    training = TrainBody.model_validate(read_body(write_code(ORDERS[2]).curl))
    assert Recipe(**training.recipe.model_dump(exclude_none=True)) == ORDERS[2].recipe


def test_a_table_of_one_stored_model_names_it_and_no_recipe():
    code = write_code(ORDERS[-1])
    assert code.command == (
        "python -m pipeline generate pci --rows 1000 --seed 7 --as-of 2026-01-31 --model 5b1f0c9a7e3d"
    )
    assert "GenerateOrder('pci', 1000, seed=7, model='5b1f0c9a7e3d', as_of=date(2026, 1, 31))" in code.python
    body = GenerateBody.model_validate(read_body(code.curl))
    assert (body.model, body.recipe) == ("5b1f0c9a7e3d", RecipeBody())


def test_the_api_reads_large_tables_and_several_tables_from_their_requests():
    bulk = BulkBody.model_validate(read_body(write_code(ORDERS[3]).curl))
    assert (bulk.dataset, bulk.rows, bulk.format, bulk.part_rows) == ("pci", 100_000, "parquet", 50_000)
    assert bulk.recipe.synthesizer == "autoregressive"
    tables = RelatedBody.model_validate(read_body(write_code(ORDERS[5]).curl))
    assert (tables.scale, tables.synthesizer, tables.train_seed, tables.format) == (0.5, "hma", 4, "sql")
    many = RelatedBulkBody.model_validate(read_body(write_code(ORDERS[6]).curl))
    assert (many.scale, many.epochs, many.threads, many.part_roots) == (500.0, 4, 2, 90)


def test_what_no_code_gives_again_has_none():
    assert write_code(EvaluateOrder("employee", "a.csv")) is None
    assert write_code(RelatedTrainOrder("bank")).curl == ""
