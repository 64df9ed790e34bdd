"""Ctrl-C on the command line: the first ends a command cleanly, the second aborts it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.cli import run
from pipeline.cli.output import ProgressPrinter
from pipeline.datasets.catalog import BUILTIN_FOLDERS
from pipeline.progress import Part, PartProgress, Progress, Signal, Stage

TRAIN = ("train", "pci", "--synthesizer", "ctgan", "--no-hma", "--epochs", "6")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "state"))


@pytest.fixture(autouse=True)
def _own_handler() -> Iterator[None]:
    """Python's own answer to Ctrl-C, whatever a library has put in its place before."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _press(
    monkeypatch: pytest.MonkeyPatch, stage: Stage, epoch: int, times: int = 1, command: str = "generate"
) -> None:
    """Press Ctrl-C when the printer hears of this stage and epoch."""

    class Pressed(ProgressPrinter):
        def __call__(self, progress: Progress) -> Signal:
            if (progress.stage, progress.epoch) == (stage, epoch):
                for _ in range(times):
                    signal.raise_signal(signal.SIGINT)
            return super().__call__(progress)

    monkeypatch.setattr(f"pipeline.cli.{command}.ProgressPrinter", Pressed)


def _list_models(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert run(["models", "--json"]) == 0
    return [one["id"] for one in json.loads(capsys.readouterr().out)["models"]]


def test_a_training_ends_with_its_best_state_and_goes_on_later(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as pressed:
        _press(pressed, Stage.TRAIN, epoch=2)
        assert run([*TRAIN, "--json"]) == 1
    printed = capsys.readouterr()
    stopped = json.loads(printed.out)
    assert stopped["epochs"] == 2
    assert f"Stopped after epoch 2: model {stopped['model']} holds the best state so far." in printed.err
    assert _list_models(capsys) == [stopped["model"]]
    assert run([*TRAIN, "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["epochs"] == 6
    assert "epoch 2/6" not in printed.err
    assert signal.getsignal(signal.SIGINT) is before


def test_a_stop_before_the_first_epoch_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _press(monkeypatch, Stage.PREPARE, epoch=0)
    assert run([*TRAIN]) == 1
    printed = capsys.readouterr()
    assert "stopped in the stage prepare; no model was stored" in printed.err
    assert printed.out == ""
    assert _list_models(capsys) == []


def test_an_interrupted_generate_keeps_the_model_and_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    _press(monkeypatch, Stage.TRAIN, epoch=2)
    out = tmp_path / "pci.csv"
    assert run(["generate", *TRAIN[1:], "--rows", "1000", "--out", str(out)]) == 1
    message = capsys.readouterr().err
    (model,) = _list_models(capsys)
    assert f"stopped in the stage sample; model {model} is kept" in message
    assert not out.exists()


def test_a_second_press_aborts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _press(monkeypatch, Stage.TRAIN, epoch=2, times=2)
    assert run([*TRAIN]) == 1
    assert _list_models(capsys) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--synthesizer", "tvae", "--generator-rate", "0.1"), "which tvae does not support"),
        (("--generator-rate", "0"), "generator_rate is 0.0"),
        (("--synthesizer", "tvae", "--device", "cuda"), "trains on the CPU only"),
        (("--keep", "first"), "'first' is not one of"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_bad_input(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert run(["train", "pci", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_every_option_of_a_recipe_reaches_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--keep", "last", "--generator-rate", "0.001", "--discriminator-rate", "0.002", "--seed", "3")
    assert run([*TRAIN[:-1], "1", *options, "--batch-size", "100", "--device", "auto", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert run(["models", "show", model, "--json"]) == 0
    recipe = json.loads(capsys.readouterr().out)["recipe"]
    assert (recipe["keep"], recipe["generator_rate"], recipe["discriminator_rate"]) == ("last", 0.001, 0.002)
    assert (recipe["seed"], recipe["batch_size"], recipe["use_hma"]) == (3, 100, False)
    # What `auto` meant here is part of the model's id.
    assert recipe["device"] in {"cpu", "cuda"}


def test_an_interrupted_evaluation_says_so_and_prints_no_evidence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _press(monkeypatch, Stage.EVALUATE, epoch=0, command="evaluate")
    assert run(["evaluate", "pci", str(BUILTIN_FOLDERS["pci"] / "pci.csv")]) == 1
    printed = capsys.readouterr()
    assert "Measuring validity, quality and privacy …" in printed.err
    assert "stopped in the stage evaluate; nothing was measured" in printed.err
    assert printed.out == ""


def test_an_interrupted_full_evaluation_of_a_table_writes_no_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Pressed(ProgressPrinter):
        def __call__(self, progress: Progress) -> Signal:
            if isinstance(progress, PartProgress) and progress.part is Part.ATTACKS:
                signal.raise_signal(signal.SIGINT)
            return super().__call__(progress)

    monkeypatch.setattr("pipeline.cli.generate.ProgressPrinter", Pressed)
    table = tmp_path / "table.csv"
    options = ("--synthesizer", "autoregressive", "--epochs", "1", "--out", str(table), "--full")
    assert run(["generate", "pci", "--rows", "1000", *options]) == 1
    assert "stopped in the stage evaluate; its evidence was not kept" in capsys.readouterr().err
    assert not table.exists()
