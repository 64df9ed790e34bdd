"""Which use cases are calls: they compute for seconds, or write files."""

from __future__ import annotations

import inspect
import logging
from functools import wraps

from pipeline.errors import ClusterLost, StoreError
from pipeline.workbench.calls import Call
from pipeline.workbench.context import Parameters, Result, Self, Service, UseCase

_LOG = logging.getLogger(__name__)


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
