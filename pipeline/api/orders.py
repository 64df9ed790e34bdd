"""Request bodies; the OpenAPI description and its examples come from here."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.access.accounts import AccountRole
from pipeline.access.tokens import DEFAULT_DAYS, LONGEST_DAYS
from pipeline.generation.orders import PART_ROWS, BulkOrder
from pipeline.runs import orders

if TYPE_CHECKING:
    from pipeline.synthesizers.recipe import Recipe
    from pipeline.workbench.workbench import Workbench

Format = Literal["csv", "excel", "json", "word", "parquet"]
ReportName = Literal["html", "word", "json"]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
DatasetName = Annotated[str, Field(min_length=1, max_length=64, examples=["employee"])]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Shares = dict[str, dict[str, Share]]
Rate = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class Body(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class RecipeBody(Body):
    """How to train; omitted values come from the server's settings."""

    synthesizer: str | None = Field(None, max_length=64, examples=["ctgan"])
    epochs: int | None = Field(
        None, ge=1, le=10_000, description="`gaussian_copula` has none and ignores it.", examples=[70]
    )
    use_hma: bool | None = Field(None, description="Train on HMA's initial synthetic data.", examples=[True])
    batch_size: int | None = Field(None, ge=10, le=100_000)
    seed: Seed | None = Field(None, description="Seed of the weights.", examples=[0])
    threads: int | None = Field(None, ge=1, le=64)
    patience: int | None = Field(
        None, ge=1, le=10_000, description="Stop after this many epochs without better quality."
    )
    time_budget_s: float | None = Field(None, ge=1, le=86_400, allow_inf_nan=False)
    keep: Literal["best", "last"] | None = Field(None, description="Which epoch becomes the model.")
    generator_rate: Rate | None = Field(None, description="Learning rate of CTGAN's generator.")
    discriminator_rate: Rate | None = Field(None, description="Learning rate of CTGAN's discriminator.")
    device: Literal["cpu", "cuda", "auto"] | None = Field(None, description="Where to train.")
    refine: bool | None = Field(None, description="Choose among the synthesizer's rows by a learned ratio.")
    upstream: bool | None = Field(None, description="ctgan's own model, for comparison.")


class TrainBody(Body):
    """A model to train."""

    dataset: DatasetName
    recipe: RecipeBody = RecipeBody()

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dataset": "employee", "recipe": {"epochs": 70}}]}
    )


class LabelsBody(Body):
    """What a run is called; what is absent stays as it is."""

    title: str | None = Field(
        None, max_length=200, description="80 characters at most; an empty one removes it."
    )
    tags: list[str] | None = Field(
        None, max_length=50, description="All tags of the run, 10 at most; an empty list removes them."
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"title": "for the audit", "tags": ["2026-q1"]}]}
    )


class GenerateBody(Body):
    """A table to generate; equal orders with a fixed `as_of` give equal bytes."""

    dataset: DatasetName
    rows: int = Field(description="Number of records, within the server's limits.", examples=[1000])
    format: Format = "csv"
    seed: Seed = Field(0, description="Seed of the rows.")
    as_of: date | None = Field(None, description="Date from which ages and expiries count; today if absent.")
    shares: Shares = Field(
        default_factory=dict, description="Column → category → share of the rows, met exactly."
    )
    recipe: RecipeBody = RecipeBody()
    model: str | None = Field(
        None,
        max_length=64,
        description="Id of a stored model, in place of the recipe's.",
        examples=["5b1f0c9a7e3d"],
    )
    bundle: bool = Field(
        False, description="A ZIP of the table, its manifest and its report instead of the table alone."
    )
    reports: tuple[ReportName, ...] = Field(
        ("html",), max_length=3, description="Formats of the report in the bundle."
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"dataset": "employee", "rows": 1000, "format": "csv", "seed": 7, "as_of": "2026-01-31"},
                {
                    "dataset": "pci",
                    "rows": 5000,
                    "format": "parquet",
                    "shares": {"card_provider": {"Visa": 0.7}},
                    "recipe": {"synthesizer": "autoregressive"},
                    "bundle": True,
                },
            ]
        }
    )


class BulkBody(Body):
    """A large table to make in parts; equal orders with a fixed `as_of` give equal files."""

    dataset: DatasetName
    rows: int = Field(ge=1, le=1_000_000_000, description="Number of records.", examples=[1_000_000])
    format: Literal["parquet", "csv"] = Field("parquet", description="Of every file.")
    seed: Seed = Field(0, description="Seed of the rows.")
    as_of: date | None = Field(None, description="Date from which ages and expiries count; today if absent.")
    shares: Shares = Field(
        default_factory=dict, description="Column → category → share of the rows, met exactly."
    )
    part_rows: int = Field(PART_ROWS, ge=1, le=10_000_000, description="Records of each part at most.")
    recipe: RecipeBody = RecipeBody()

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dataset": "employee", "rows": 1_000_000, "as_of": "2026-01-31"}]}
    )


class TableQuery(BaseModel):
    """How the table of a run is written; other parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    format: Format | None = Field(None, description="That of the order if absent.")
    bundle: bool = Field(False, description="A ZIP of the table, its manifest and its report.")


class TokenBody(Body):
    """A token to make for one's own account."""

    name: str = Field(min_length=1, max_length=64, examples=["nightly-build"])
    role: AccountRole = Field(AccountRole.VIEWER, description="At most the role of the calling token.")
    days: int = Field(DEFAULT_DAYS, ge=1, le=LONGEST_DAYS, description="Days until it expires.")


def read_train_order(workbench: Workbench, body: TrainBody) -> orders.TrainOrder:
    """The order of a training that a caller sent; DataError for a synthesizer that there is not."""
    return orders.TrainOrder(body.dataset, _read_recipe(workbench, body.dataset, body.recipe))


def read_generate_order(workbench: Workbench, body: GenerateBody) -> orders.GenerateOrder:
    """The order of a table that a caller sent; DataError for a synthesizer that there is not."""
    return orders.GenerateOrder(
        dataset=body.dataset,
        rows=body.rows,
        recipe=_read_recipe(workbench, body.dataset, body.recipe),
        seed=body.seed,
        as_of=body.as_of,
        shares=body.shares,
        model=body.model,
        format=body.format,
    )


def read_bulk_order(workbench: Workbench, body: BulkBody) -> BulkOrder:
    """The order of a large table that a caller sent; DataError for a synthesizer that there is not."""
    return BulkOrder(
        dataset=body.dataset,
        rows=body.rows,
        recipe=_read_recipe(workbench, body.dataset, body.recipe),
        seed=body.seed,
        as_of=body.as_of,
        shares=body.shares,
        format=body.format,
        part_rows=body.part_rows,
    )


def _read_recipe(workbench: Workbench, dataset: str, body: RecipeBody) -> Recipe:
    return workbench.models.default_recipe(dataset, **body.model_dump())
