"""What somebody orders to be done in the background, and the same as plain values for the table of runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Self

from pipeline.errors import JobError
from pipeline.generation.bulk.request import PART_ROWS, BulkOrder
from pipeline.generation.request import GenerateRequest
from pipeline.runs.states import RunKind
from pipeline.settings import IdentityOptions
from pipeline.synthesizers.protocol import Shares
from pipeline.synthesizers.recipe import Recipe


@dataclass(frozen=True)
class RunOrder:
    """One order; what is None comes from the dataset, the settings or the calendar when it is submitted.

    `rows`, `seed`, `as_of`, `shares` and `format` are those of a table, `identity` the settings of its
    identity columns, which may change before it is opened again, `model` a stored model in place of the
    recipe's; `out` is the folder or URL of a
    bulk run, `part_rows` the most rows in one of its files. `file`, `holdout` and `target` are those of an
    evaluation: paths that workers can read, and the modelled column to predict. `group` is what the runs of
    one sweep share.
    """

    kind: RunKind
    dataset: str
    recipe: Recipe | None = None
    rows: int | None = None
    seed: int = 0
    as_of: date | None = None
    shares: Shares | None = None
    format: str | None = None
    out: str | None = None
    part_rows: int | None = None
    file: str | None = None
    holdout: str | None = None
    target: str | None = None
    group: str | None = None
    identity: IdentityOptions | None = None
    model: str | None = None

    def as_plain(self) -> dict[str, Any]:
        """Plain JSON values; `from_plain` reads them back."""
        as_of = self.as_of.isoformat() if self.as_of else None
        identity = self.identity.model_dump() if self.identity else None
        return {**asdict(self), "kind": self.kind.value, "as_of": as_of, "identity": identity}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """The order again; JobError where a newer or an older workbench has written it differently."""
        try:
            known = {field.name: values[field.name] for field in fields(cls) if field.name in values}
            recipe, as_of = values.get("recipe"), values.get("as_of")
            known["recipe"] = Recipe(**recipe) if recipe else None
            known["as_of"] = date.fromisoformat(as_of) if as_of else None
            # Orders of earlier versions kept no settings.
            identity = values.get("identity")
            known["identity"] = IdentityOptions(**identity) if identity else None
            return cls(**{**known, "kind": RunKind(values["kind"])})
        except (KeyError, TypeError, ValueError) as error:
            raise JobError(
                "This order was written by another version of the workbench.", "order it again."
            ) from error

    def as_request(self) -> GenerateRequest:
        """The order of a table, as `Workbench.generate` takes it."""
        return GenerateRequest(
            dataset=self.dataset,
            rows=self.rows or 0,
            recipe=self.recipe,
            seed=self.seed,
            as_of=self.as_of,
            shares=self.shares,
            identity=self.identity,
            model=self.model,
        )

    def as_bulk(self) -> BulkOrder:
        """The order of a large table, as `Workbench.bulk` takes it."""
        return BulkOrder(
            dataset=self.dataset,
            rows=self.rows or 0,
            out=self.out or "",
            recipe=self.recipe,
            seed=self.seed,
            as_of=self.as_of,
            shares=self.shares,
            format=self.format or "parquet",
            part_rows=self.part_rows or PART_ROWS,
        )


def describe_request(request: GenerateRequest, format: str | None = None) -> RunOrder:
    """A request for a table as an order."""
    return RunOrder(
        RunKind.GENERATE,
        request.dataset,
        request.recipe,
        request.rows,
        request.seed,
        request.as_of,
        request.shares,
        format,
        identity=request.identity,
        model=request.model,
    )
