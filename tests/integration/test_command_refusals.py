"""What the command line refuses: one sentence, exit code 2, and nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import Command


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("generate", "employee", "--rows", 999), "999 rows were requested"),
        (("generate", "employee", "--rows", 10_001), "10,001 rows were requested"),
        (("generate", "employes", "--rows", 1000), "employes"),
        (("generate", "employee", "--rows", 1000, "--format", "pdf"), "pdf"),
        (("generate", "employee", "--rows", 1000, "--out", "no/such/folder/e.csv"), "no/such/folder"),
        (
            ("generate", "employee", "--rows", 1000, "--out", "content/employee.csv"),
            "holds the workbench's data",
        ),
        (("generate", "employee", "--rows", 1000, "--format", "csv", "--out", "e.xlsx"), "contradict"),
        (("generate", "employee", "--rows", 1000, "--as-of", "tomorrow"), "tomorrow"),
        (("generate", "employee", "--rows", 1000, "--as-of", "1700-01-01"), "1900-01-01"),
        (("generate", "employee", "--rows", 1000, "--share", "gender"), "COLUMN=VALUE:FRACTION"),
        (("generate", "employee", "--rows", 1000, "--epochs", 2, "--share", "gender=Blue:0.5"), "Blue"),
        (("generate", "employee", "--rows", 1000, "--epochs", 2, "--share", "hair=Red:0.5"), "hair"),
        (
            (
                "generate",
                "employee",
                "--rows",
                1000,
                "--share",
                "gender=Female:0.3",
                "--share",
                "gender=Male:0.3",
            ),
            "add up to 60%",
        ),
        (
            (
                "generate",
                "pci",
                "--rows",
                1000,
                "--share",
                "card_provider=JCB:0.3",
                "--share",
                "card_provider=JCB:0.4",
            ),
            "card_provider=JCB was given twice",
        ),
        (("train", "employee", "--synthesizer", "oracle"), "oracle"),
        (("evaluate", "pci", "no-such-file.csv"), "no-such-file.csv"),
        (("models", "show", "feedbeefcafe"), "feedbeefcafe"),
        (("models", "show", "../../etc"), "../../etc"),
        (("add", "Bad Name", "x.csv"), "Bad Name"),
        (("add", "employee", "x.csv"), "employee"),
        (("generate", "employee"), "--rows"),
        (("no-such-command",), "no-such-command"),
    ],
)
def test_bad_requests_get_one_clear_sentence(
    refusal: Callable[..., str], arguments: tuple[object, ...], message: str
) -> None:
    assert message in refusal(*arguments)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"a,b\n", "no row of data"),
        (b"\x00\x01\x02\xff\xfe\x00binary", "text"),
        (b"a,b\n1,2\n3,4,5\n", "line 3"),
    ],
)
def test_a_table_that_cannot_be_read_is_not_registered(
    refusal: Callable[..., str], command: Command, tmp_path: Path, home: Path, content: bytes, message: str
) -> None:
    assert message in refusal("add", "broken", _write(tmp_path / "broken.csv", content))
    assert "broken" not in {one["name"] for one in command("datasets")["datasets"]}
    assert [path for path in (home / "datasets").glob("*") if path.name not in {"mybank"}] == []


def test_metadata_that_does_not_fit_is_refused(refusal: Callable[..., str], tmp_path: Path) -> None:
    table = _write(tmp_path / "t.csv", b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(50)))
    metadata = {"METADATA_SPEC_VERSION": "V1", "tables": {"t": {"columns": {"z": {"sdtype": "numerical"}}}}}
    file = _write(tmp_path / "m.json", json.dumps(metadata).encode())
    assert "z" in refusal("add", "misfit", table, "--metadata", file)
    assert (
        "metadata"
        in refusal("add", "misfit", table, "--metadata", _write(tmp_path / "n.json", b"{]")).lower()
    )


def test_an_unreadable_configuration_is_bad_input(
    refusal: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(_write(tmp_path / "config.yaml", b"rows: {minimum: lots}")))
    assert "rows.minimum" in refusal("datasets")
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "gone.yaml"))
    assert "gone.yaml" in refusal("datasets")


def test_a_failed_request_leaves_no_file(refusal: Callable[..., str], tmp_path: Path) -> None:
    out = tmp_path / "e.csv"
    refusal("generate", "employee", "--rows", 1000, "--epochs", 2, "--share", "gender=Blue:1", "--out", out)
    assert list(tmp_path.iterdir()) == []
