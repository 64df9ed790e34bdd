"""Who acts, on which stores and settings, with which role, and the record of it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from pipeline.access.accounts import LOCAL, AccountRole, Actor
from pipeline.access.audit import AuditEvent, AuditLog, Detail
from pipeline.datasets.catalog import Catalog
from pipeline.errors import AccessError
from pipeline.models.library import Library, open_library
from pipeline.settings import Settings
from pipeline.store.database import Database, open_database
from pipeline.store.mirror import Mirror
from pipeline.workbench.calls import Calls

if TYPE_CHECKING:
    from pipeline.datasets.related.catalog import RelatedCatalog
    from pipeline.generation.approvals import ApprovalLog
    from pipeline.generation.export_log import ExportLog
    from pipeline.models.related.library import RelatedLibrary
    from pipeline.runs.shares import RunShares
    from pipeline.runs.store import RunStore
    from pipeline.store.cache.cache import Cache


class Service(Protocol):
    """Use cases over a context."""

    context: Context


Self = TypeVar("Self", bound=Service)
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
UseCase = Callable[Concatenate[Self, Parameters], Result]


def local_actor() -> Actor:
    """The operating-system user, who has all rights on the command line and in a notebook."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        # Containers run under user numbers that are in no user database.
        name = f"uid-{os.getuid()}"
    return Actor(name=name, role=AccountRole.ADMIN, source=LOCAL)


class Stores:
    """The database and the folders of a workbench, each opened when first used: listing opens no database."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self._settings = settings
        self._database = database

    @cached_property
    def database(self) -> Database:
        """The migrated database."""
        return self._database or open_database(self._settings)

    @cached_property
    def cache(self) -> Cache:
        """What was computed once, and may be found again."""
        from pipeline.store.cache.cache import open_cache

        return open_cache(self._settings)

    @cached_property
    def audit(self) -> AuditLog:
        """The audit log of that database."""
        return AuditLog(self.database, self._settings.state_folder)

    @cached_property
    def catalog(self) -> Catalog:
        """The datasets of the state folder."""
        folder = self._settings.state_folder / "datasets"
        return Catalog(folder, self._settings.uploads, list_others=lambda: self.related.names)

    @cached_property
    def related(self) -> RelatedCatalog:
        """The datasets of several tables of the state folder."""
        from pipeline.datasets.related.catalog import BUILTIN_SETS, RelatedCatalog

        return RelatedCatalog(
            self._settings.state_folder / "related",
            self._settings.uploads,
            self.catalog.is_known,
            BUILTIN_SETS,
        )

    @cached_property
    def related_models(self) -> RelatedLibrary:
        """The fitted models of several tables."""
        from pipeline.models.related.library import open_related_library

        return open_related_library(self._settings.state_folder)

    @cached_property
    def mirror(self) -> Mirror | None:
        """The second place of datasets and models; None without `store.url`."""
        settings = self._settings
        return Mirror(settings.store.url, settings.state_folder) if settings.store.url else None

    @cached_property
    def library(self) -> Library:
        """The fitted models of the state folder, and what is kept of them in memory."""
        return open_library(self._settings.state_folder, self.mirror)

    @cached_property
    def runs(self) -> RunStore:
        """The runs of that database."""
        from pipeline.runs.store import RunStore

        return RunStore(self.database)

    @cached_property
    def shares(self) -> RunShares:
        """Who else may look at the runs of that database."""
        from pipeline.runs.shares import RunShares

        return RunShares(self.database)

    @cached_property
    def approvals(self) -> ApprovalLog:
        """The approvals of that database, and the datasets that require one."""
        from pipeline.generation.approvals import ApprovalLog

        return ApprovalLog(self.database)

    @cached_property
    def exports(self) -> ExportLog:
        """The exports of that database."""
        from pipeline.generation.export_log import ExportLog

        return ExportLog(self.database)


@dataclass(frozen=True)
class Context:
    """What every service works with: settings, stores, who acts, the calendar, and who computes."""

    settings: Settings
    stores: Stores
    actor: Actor
    clock: Callable[[], date] = date.today
    calls: Calls = field(default_factory=Calls)

    def require(self, role: AccountRole, use_case: str = "") -> None:
        """Raise AccessError, and record the attempt, unless the actor has this role or a higher one."""
        if self.actor.role.includes(role):
            return
        self.record(AuditEvent.REFUSED, use_case, role=role)
        raise AccessError(
            f"{self.actor.name} is {_name(self.actor.role)}; this needs the role {role}.",
            "ask an administrator of the workbench for that role.",
        )

    def together(self) -> AbstractContextManager[None]:
        """A block whose changes of the database and whose audit entries are one transaction."""
        return self.stores.database.together()

    def record_begun(self, event: AuditEvent, subject: str) -> None:
        """Write that a change of files begins, which no transaction holds; `event` itself follows it."""
        self.record(AuditEvent.CHANGE_BEGUN, subject, kind=event)

    def record(self, event: AuditEvent, subject: str = "", **details: Detail) -> None:
        """Write an audit entry in the name of the actor; StoreError where it cannot be written."""
        self.stores.audit.append(self.actor, event, subject, details)


def needs(
    role: AccountRole,
) -> Callable[[UseCase[Self, Parameters, Result]], UseCase[Self, Parameters, Result]]:
    """Let only actors of this role or above do something; other attempts are refused and recorded."""

    def guard(use_case: UseCase[Self, Parameters, Result]) -> UseCase[Self, Parameters, Result]:
        # As callers write it: `train` of the module `models` is `models.train`.
        name = f"{use_case.__module__.rpartition('.')[2]}.{use_case.__name__}"

        @wraps(use_case)
        def guarded(self: Self, /, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            self.context.require(role, name)
            return use_case(self, *args, **kwargs)

        return guarded

    return guard


def _name(role: AccountRole) -> str:
    return f"a {role}" if role is AccountRole.VIEWER else f"an {role}"
