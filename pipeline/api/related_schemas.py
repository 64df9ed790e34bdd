"""What is sent and given about several tables; the OpenAPI description comes from here."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field

from pipeline.api.orders import Body, DatasetName, Seed
from pipeline.datasets.related.editing import SaidKeys, SetEdits
from pipeline.generation.orders import RelatedBulkOrder, RelatedOrder
from pipeline.workbench.related_text import KEPT, list_rules

if TYPE_CHECKING:
    from pipeline.datasets.related.overview import SetOverview
    from pipeline.datasets.related.schema import RelatedSchema
    from pipeline.models.related.recipe import RelatedRecipe
    from pipeline.workbench.workbench import Workbench

SetFormatName = Literal["csv", "excel", "parquet", "sql"]
Dialect = Literal["sqlite", "postgresql", "mysql", "mssql", "oracle"]
RuleText = Annotated[
    str, Field(min_length=1, max_length=1000, examples=["accounts.closed >= accounts.opened"])
]
_MOST_RULES = 200
RelationText = Annotated[
    str, Field(min_length=1, max_length=1000, examples=["orders.customer_id -> customers.id"])
]
Setting = Annotated[str, Field(min_length=1, max_length=1000)]
_Texts = Annotated[list[str] | None, Form(max_length=_MOST_RULES)]


class SetTable(BaseModel):
    """One table of several, with its keys."""

    name: str = Field(examples=["accounts"])
    columns: list[str]
    primary_key: list[str]
    unique: list[list[str]] = Field(description="Further keys.")
    order: str = Field(description="Column by which the rows of one parent follow each other, or empty.")
    is_public: bool = Field(description="Kept as it is in the sample.")
    is_root: bool = Field(description="Set to have no owner, whatever it refers to.")
    why: str = Field(description="Evidence for the primary key, without a value of the table.")


class SetRelation(BaseModel):
    """A foreign key: `columns` of `child` hold `parent_columns` of `parent`."""

    id: str = Field(examples=["accounts.customer_id"])
    child: str
    columns: list[str]
    parent: str
    parent_columns: list[str]
    is_owner: bool = Field(description="The parent generates these rows.")
    is_optional: bool
    is_one_to_one: bool
    why: str = Field(description="Evidence for it, without a value of a table.")


class SetRule(BaseModel):
    """What holds in every row; only confirmed rules are kept in generated tables."""

    rule: str = Field(examples=["accounts.closed >= accounts.opened"])
    is_confirmed: bool
    rows: int = Field(description="Rows of the sample that speak for it.")


class RelatedSet(BaseModel):
    """A dataset of several tables: their keys, relations and rules, without any value of a row."""

    name: str = Field(examples=["bank"])
    title: str
    description: str
    builtin: bool
    as_of: date
    holdout_fraction: float
    tables: list[SetTable]
    relations: list[SetRelation]
    rules: list[SetRule]

    @classmethod
    def read(cls, schema: RelatedSchema) -> Self:
        """The description of a schema."""
        rules = [
            SetRule(rule=text, is_confirmed=state == KEPT, rows=rows)
            for text, state, rows in list_rules(schema)
        ]
        return cls(
            name=schema.name,
            title=schema.title,
            description=schema.description,
            builtin=schema.is_builtin,
            as_of=schema.as_of,
            holdout_fraction=schema.holdout_fraction,
            tables=[SetTable(**_take(one, SetTable)) for one in schema.tables],
            relations=[SetRelation(**_take(one, SetRelation)) for one in schema.relations],
            rules=rules,
        )


class LearnedColumns(BaseModel):
    """The columns of a table by what happens to them."""

    modelled: list[str]
    derived: list[str] = Field(description="Made anew by rules, keys of parents among them.")
    replaced: list[str] = Field(description="Replaced by invented text.")


class DescribedSet(RelatedSet):
    """A dataset of several tables with what is learned of each, and what needs a decision."""

    headline: str = Field(description="How many columns are learned, and which are replaced.")
    learned: dict[str, LearnedColumns] = Field(description="By table, without public ones.")
    findings: dict[str, list[str]] = Field(
        description="By table: what was noticed in its file, and columns that need a decision."
    )

    @classmethod
    def tell(cls, overview: SetOverview) -> Self:
        """The description of a set."""
        return cls(
            **RelatedSet.read(overview.schema).model_dump(),
            headline=overview.headline,
            learned={name: LearnedColumns(**one.as_dict()) for name, one in overview.learned.items()},
            findings={name: list(said) for name, said in overview.findings.items()},
        )


class RelatedSets(BaseModel):
    """Every dataset of several tables, built-in ones first."""

    datasets: list[RelatedSet]


class KeysBody(Body):
    """Changes of keys, relations and columns, all or none of them; `dry_run` only checks them."""

    set: list[Setting] = Field(
        default_factory=list,
        max_length=_MOST_RULES,
        description="TABLE.primary_key=COLUMN,COLUMN, TABLE.owner=COLUMN or none, TABLE.unique=…, "
        "TABLE.order=COLUMN, TABLE.public=true (administrators), or TABLE.COLUMN.key=value.",
    )
    add_relations: list[RelationText] = Field(default_factory=list, max_length=_MOST_RULES)
    drop_relations: list[Setting] = Field(default_factory=list, max_length=_MOST_RULES)
    dry_run: bool = Field(False, description="Answer as if the changes were kept, and keep nothing.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"set": ["orders.owner=customer_id"], "add_relations": ["orders.payer -> customers.id"]}
            ]
        }
    )

    def read(self) -> SetEdits:
        """The changes."""
        return SetEdits(tuple(self.set), tuple(self.add_relations), tuple(self.drop_relations))


class RulesBody(Body):
    """Rules to add and to remove, by their texts; `accept` keeps every rule that holds in the sample."""

    add: list[RuleText] = Field(default_factory=list, max_length=_MOST_RULES)
    remove: list[RuleText] = Field(default_factory=list, max_length=_MOST_RULES)
    accept: bool = Field(
        False, description="Keep every rule that holds in the sample, after the other changes."
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"add": ["accounts.closed >= accounts.opened"]}, {"accept": True}]}
    )


class RelatedRecipeBody(Body):
    """How to train several tables; omitted values come from the server's settings."""

    synthesizer: str | None = Field(None, max_length=64, examples=["autoregressive"])
    epochs: int | None = Field(None, ge=1, le=10_000, description="The server's setting if absent.")
    train_seed: Seed | None = Field(None, description="Seed of the weights.")
    threads: int | None = Field(None, ge=1, le=64)

    def read(self, workbench: Workbench) -> RelatedRecipe:
        """The recipe; RecipeError for a synthesizer that does not learn several tables."""
        asked = {
            "synthesizer": self.synthesizer,
            "epochs": self.epochs,
            "seed": self.train_seed,
            "threads": self.threads,
        }
        given = {name: value for name, value in asked.items() if value is not None}
        return workbench.related_tables.default_recipe(**given)


class RelatedBody(RelatedRecipeBody):
    """Several tables to generate; equal orders with a fixed `as_of` give equal tables."""

    scale: float = Field(
        1.0, gt=0, le=1000, allow_inf_nan=False, description="1 is the size of the sample.", examples=[1.0]
    )
    seed: Seed = Field(0, description="Seed of the rows.")
    as_of: date | None = Field(None, description="Date from which ages and expiries count; today if absent.")
    format: SetFormatName = Field("csv", description="The format that is asked for first; it changes no row.")

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scale": 1.0, "seed": 7, "as_of": "2026-01-31", "epochs": 70}]}
    )


class RelatedBulkBody(RelatedRecipeBody):
    """Several large tables to make in parts; equal orders with a fixed `as_of` give equal files."""

    scale: float = Field(
        100.0, gt=0, le=1e6, allow_inf_nan=False, description="1 is the size of the sample.", examples=[0.5]
    )
    seed: Seed = Field(0, description="Seed of the rows.")
    as_of: date | None = Field(None, description="Date from which ages and expiries count; today if absent.")
    format: Literal["parquet", "csv"] = Field("parquet", description="Of every file.")
    part_roots: int | None = Field(
        None, ge=1, le=10_000_000, description="Rows of the root of the largest table in each part."
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scale": 0.5, "seed": 7, "as_of": "2026-01-31", "epochs": 1}]}
    )


class DownloadQuery(BaseModel):
    """How the tables of a run are written; other parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    format: SetFormatName = Field("csv", description="`csv` and `parquet` come as a ZIP.")
    dialect: Dialect | None = Field(None, description="Of an SQL script; `sqlite` if absent.")


def read_keys(relation: _Texts = None, no_relation: _Texts = None, key: _Texts = None) -> SaidKeys:
    """What a form says of keys: relations, columns that are no foreign key, and primary keys as texts."""
    relations, omitted, keys = (
        tuple(text for text in texts or () if text) for texts in (relation, no_relation, key)
    )
    return SaidKeys(relations, omitted, keys)


def read_related_order(workbench: Workbench, dataset: DatasetName, body: RelatedBody) -> RelatedOrder:
    """The order of several tables that a caller sent."""
    return RelatedOrder(dataset, body.scale, body.read(workbench), body.seed, body.as_of, format=body.format)


def read_bulk_order(workbench: Workbench, dataset: DatasetName, body: RelatedBulkBody) -> RelatedBulkOrder:
    """The order of several large tables that a caller sent."""
    return RelatedBulkOrder(
        dataset,
        scale=body.scale,
        recipe=body.read(workbench),
        seed=body.seed,
        as_of=body.as_of,
        format=body.format,
        part_roots=body.part_roots,
    )


def _take(found: Any, kind: type[BaseModel]) -> dict[str, Any]:
    """The values of a result that a description names."""
    return {name: getattr(found, name) for name in kind.model_fields}
