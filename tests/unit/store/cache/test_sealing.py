"""Sealed values: they open under their own name, with the installation's key, in their time."""

from __future__ import annotations

import pytest

from pipeline.store.cache.sealing import Seal


class Clock:
    """A clock that moves when told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def seal(tmp_path, clock):
    return Seal(tmp_path, clock)


def test_a_value_opens_under_its_own_name_alone(seal):
    sealed = seal.close("a", b"a secret", 60)
    assert (seal.open("a", sealed), seal.open("b", sealed)) == (b"a secret", None)
    assert b"secret" not in sealed


def test_a_value_opens_until_it_expires_however_long_it_is_kept(seal, clock):
    sealed = seal.close("a", b"a secret", 60)
    clock.now += 59
    assert seal.open("a", sealed) == b"a secret"
    clock.now += 1
    assert seal.open("a", sealed) is None


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(100)])
def test_what_was_not_sealed_here_does_not_open(seal, sealed):
    assert seal.open("a", sealed) is None


def test_another_installation_reads_neither_names_nor_values(seal, tmp_path):
    other = Seal(tmp_path / "other")
    assert other.open("a", seal.close("a", b"a secret", 60)) is None
    assert other.hide("ada@bank.example") != seal.hide("ada@bank.example")
    assert "ada" not in seal.hide("ada@bank.example")
