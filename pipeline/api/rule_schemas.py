"""What is sent and given about the rules of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field

from pipeline.api.orders import Body

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.datasets.rules.editing import RuleInfo

RuleText = Annotated[str, Field(min_length=1, max_length=1000, examples=["closed >= opened"])]
_MOST_RULES = 200


class RowRule(BaseModel):
    """What every row keeps; only confirmed rules are kept in generated tables."""

    rule: str = Field(examples=["closed >= opened"])
    is_confirmed: bool
    rows: int = Field(description="Rows of the sample that speak for it.")


class DatasetRules(BaseModel):
    """The rules of a dataset of one table."""

    dataset: str = Field(examples=["contracts"])
    rules: list[RowRule]

    @classmethod
    def read(cls, dataset: str, rules: Sequence[RuleInfo]) -> Self:
        """The rules as they are given."""
        found = [RowRule(rule=one.rule, is_confirmed=one.is_confirmed, rows=one.rows) for one in rules]
        return cls(dataset=dataset, rules=found)


class RowRulesQuery(BaseModel):
    """Which rules are listed; other parameters are refused."""

    model_config = ConfigDict(extra="forbid")

    propose: bool = Field(False, description="Look for further rules that hold in every row of the sample.")


class RowRulesBody(Body):
    """Rules to add and to remove, by their texts; `accept` keeps every rule that holds in the sample."""

    add: list[RuleText] = Field(default_factory=list, max_length=_MOST_RULES)
    remove: list[RuleText] = Field(default_factory=list, max_length=_MOST_RULES)
    accept: bool = Field(
        False, description="Keep every rule that holds in the sample, after the other changes."
    )

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"add": ["closed >= opened"]}, {"accept": True}]}
    )
