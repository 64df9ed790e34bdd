"""What callers send and get about the shares of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, Field

from pipeline.api.orders import Body
from pipeline.runs.shares import GranteeKind

if TYPE_CHECKING:
    from pipeline.runs.shares import RunShare

_KIND = "`account`: one account; `role`: everybody with that role or a higher one."


class ShareBody(Body):
    """With whom to share a run."""

    kind: GranteeKind = Field(description=_KIND)
    name: str = Field(min_length=1, max_length=64, description="User name or role.", examples=["ben"])


class Share(BaseModel):
    """That a run may be looked at, and who allowed it when."""

    kind: GranteeKind = Field(description=_KIND)
    name: str = Field(examples=["ben"])
    given_by: str
    given_at: datetime


class RunShares(BaseModel):
    """With whom a run is shared, the oldest share first."""

    shares: list[Share]

    @classmethod
    def read(cls, found: Sequence[RunShare]) -> Self:
        """The shares of a run."""
        return cls(
            shares=[
                Share(
                    kind=one.grantee.kind,
                    name=one.grantee.name,
                    given_by=one.given_by,
                    given_at=one.given_at,
                )
                for one in found
            ]
        )
