"""Use cases that compute for seconds: done here, or by those whom the app has do them beside itself."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from pipeline.errors import ClusterLost, StoreError

if TYPE_CHECKING:
    from pipeline.access.accounts import Actor
    from pipeline.progress import OnProgress
    from pipeline.workbench.context import Service

Self = TypeVar("Self", bound="Service")
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
UseCase = Callable[Concatenate[Self, Parameters], Result]
_LOG = logging.getLogger(__name__)


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


def apart(use_case: UseCase[Self, Parameters, Result]) -> UseCase[Self, Parameters, Result]:
    """Have a use case done where the calls of its workbench go; pickle takes its arguments and its result.

    Its argument `on_progress`, if any, is called here. A run that it noted ends with the process that did it.
    """
    name = f"{use_case.__module__.rpartition('.')[2]}.{use_case.__name__}"
    signature = inspect.signature(use_case)

    @wraps(use_case)
    def sent(self: Self, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        performer = self.context.calls.performer
        if performer is None:
            return use_case(self, *args, **kwargs)
        arguments = dict(signature.bind(self, *args, **kwargs).arguments)
        del arguments["self"]
        on_progress = arguments.pop("on_progress", None)
        try:
            done: Result = performer.perform(Call(self.context.actor, name, arguments), on_progress)
        except ClusterLost:
            _fail_its_run(self)
            raise
        return done

    return sent


def _fail_its_run(service: Service) -> None:
    try:
        service.context.stores.runs.fail_orphaned_runs()
    except StoreError:
        _LOG.warning("The run of a process that has ended could not be marked yet.", exc_info=True)
