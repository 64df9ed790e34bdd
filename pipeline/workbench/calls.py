"""Use cases that compute for seconds: done here, or by those whom the app has do them beside itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.progress import OnProgress


@dataclass(frozen=True)
class Call:
    """A use case as callers write it (`runs.open`), with its arguments, in the name of an actor."""

    actor: Actor
    use_case: str
    arguments: Mapping[str, Any] = field(repr=False)


class Performer(Protocol):
    """Does calls elsewhere."""

    def perform(self, call: Call, on_progress: OnProgress | None) -> Any:
        """What the use case returns or raises; ClusterLost where whoever did it has ended."""
        ...


class Calls:
    """Where the use cases of a workbench that compute for long are done: in this process unless told."""

    def __init__(self) -> None:
        self.performer: Performer | None = None

    def send_to(self, performer: Performer | None) -> None:
        """Have calls done by another from now on; None has them done here."""
        self.performer = performer
