"""The installation's signature on stored files."""

from __future__ import annotations

from pathlib import Path

from pipeline.store.signing import Signer


def test_a_changed_file_loses_its_signature(tmp_path: Path) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(b"weights")
    signer = Signer(tmp_path / "secrets")
    signature = signer.sign(file)
    assert signer.is_signed(signature, file)
    file.write_bytes(b"weightz")
    assert not signer.is_signed(signature, file)


def test_another_installation_signs_differently(tmp_path: Path) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(b"weights")
    signature = Signer(tmp_path / "ours").sign(file)
    assert not Signer(tmp_path / "theirs").is_signed(signature, file)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(b"weights")
    assert Signer(tmp_path).sign(file) == Signer(tmp_path).sign(file)
    assert (tmp_path / "model_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_files_cannot_change_places(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    signer = Signer(tmp_path / "secrets")
    assert not signer.is_signed(signer.sign(first, second), second, first)
