"""What the app and a process that does its calls tell each other, over a pair of sockets of their own.

Both run the same code for the same user, and nobody else can reach the sockets: what arrives is unpickled.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pipeline.progress import Progress
from pipeline.workbench.calls import Call


@dataclass(frozen=True)
class Order:
    """A call by number; files of uploads are read in a process of their own where it `is_confined`."""

    number: int
    call: Call
    is_confined: bool
    is_followed: bool


@dataclass(frozen=True)
class Stop:
    """Nobody waits for a call any more."""

    number: int


@dataclass(frozen=True)
class Begun:
    """A call has arrived: from now on it may have done something."""


@dataclass(frozen=True)
class Report:
    """How far a call is."""

    progress: Progress


@dataclass(frozen=True)
class Done:
    """What a call has returned."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """What a call has raised, and where, as text."""

    error: BaseException
    trace: str


def write(message: object) -> bytes:
    """A message as bytes."""
    buffer = io.BytesIO()
    pickler = pickle.Pickler(buffer, protocol=5)
    # Results are full of mappings that cannot be changed, which pickle does not take.
    pickler.dispatch_table = copyreg.dispatch_table | {MappingProxyType: _thaw}
    pickler.dump(message)
    return buffer.getvalue()


def read(content: bytes) -> Any:
    """The message that `write` made bytes of."""
    return pickle.loads(content)


def _thaw(proxy: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    return _freeze, (dict(proxy),)


def _freeze(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)
