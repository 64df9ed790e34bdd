"""What the command line says of findings that warn, and of options that mean nothing."""

from __future__ import annotations

import pytest

from pipeline.cli.output import print_ignored, print_warnings
from pipeline.generation.manifest import Export
from pipeline.synthesizers.recipe import Recipe


def make_export(warnings: dict[str, object] | None) -> Export:
    return Export(b"", "t.csv", "text/csv", {"warnings": warnings}, 0.0)


def test_every_finding_has_a_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(make_export({"findings": ["Ten rows are copies.", "Look."], "accepted_by": "ana"}))
    assert capsys.readouterr() == ("", "Warning: Ten rows are copies.\nWarning: Look.\n")


def test_a_clean_table_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_warnings(make_export(None))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("synthesizer", "epochs", "said"),
    [
        ("gaussian_copula", 10, "gaussian_copula does not read --epochs: it has no effect.\n"),
        ("gaussian_copula", None, ""),
        ("ctgan", 10, ""),
    ],
)
def test_a_number_of_epochs_that_means_nothing_is_told_on_stderr(
    capsys: pytest.CaptureFixture[str], synthesizer: str, epochs: int | None, said: str
) -> None:
    print_ignored(Recipe(synthesizer), {"epochs": epochs})
    assert capsys.readouterr() == ("", said)


def test_options_that_an_open_synthesizer_does_not_take_are_told_on_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_ignored(Recipe("auto"), {"use_hma": False, "time_budget_s": 9.0, "patience": None, "seed": 3})
    assert capsys.readouterr().err == (
        "auto does not read --time-budget: it has no effect.\nauto does not read --hma: it has no effect.\n"
    )
