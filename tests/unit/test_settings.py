"""config.yaml and the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.access.sign_on import read_client_secret
from pipeline.errors import ConfigError
from pipeline.settings import PROJECT_ROOT, load_settings


def _write(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, ""))
    assert (settings.rows.minimum, settings.rows.maximum) == (1_000, 10_000)
    assert settings.training.epochs == 70
    assert settings.state_folder == PROJECT_ROOT / "var"


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_ROWS__MAXIMUM", "20000")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    settings = load_settings(_write(tmp_path, "rows: {minimum: 500, maximum: 5000}"))
    assert (settings.rows.minimum, settings.rows.maximum) == (500, 20_000)
    assert settings.state_folder == tmp_path.resolve()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rows: {maximun: 5}", r"rows\.maximun: Extra inputs"),
        ("rows: {minimum: many}", r"rows\.minimum: .*valid integer.*'many'"),
        ("rows: {minimum: 9, maximum: 3}", r"rows: .*minimum 9 is above maximum 3"),
        ("training: {epochs: 0}", r"training\.epochs: .*greater than or equal to 1"),
        ("identity: {iin: any}", r"identity\.iin: .*'test' or 'network'"),
        ("colour: blue", r"colour: Extra inputs"),
        ("- a\n- b", r"expected sections with keys, found list"),
        ("rows: {minimum: 5", r"line \d+: this is not valid YAML"),
    ],
)
def test_a_wrong_key_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_settings(_write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.yaml cannot be read"):
        load_settings(tmp_path / "nothing.yaml")


def test_a_database_url_with_a_password_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, "database: {url: 'postgresql://bank:hidden-word@host/db'}"))
    assert "hidden-word" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("WORKBENCH_ROWS", "notjson", "environment.*rows"),
        ("WORKBENCH_NONSENSE", "5", "WORKBENCH_NONSENSE, which is not a known key"),
        ("WORKBENCH_ROWS__MAXIMM", "5", r"rows\.maximm: Extra inputs"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=message):
        load_settings(_write(tmp_path, ""))


def test_a_home_of_nobody_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="home: ~nobody-here/x names no folder"):
        load_settings(_write(tmp_path, "home: ~nobody-here/x")).state_folder  # noqa: B018


PROVIDER = "issuer: https://login.bank.example, client_id: workbench, redirect_url: https://here.example/x"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sign_on: {issuer: https://login.bank.example}", "client_id and redirect_url is missing"),
        ("sign_on: {issuer: http://login.bank.example, client_id: a, redirect_url: b}", "issuer must begin"),
        (
            "sign_on: {issuer: https://login.bank.example, client_id: a, redirect_url: http://here.example}",
            "redirect_url must begin with https://",
        ),
        (f"sign_on: {{{PROVIDER}, roles: {{boss: [x]}}}}", r"sign_on\.roles\.boss: Extra inputs"),
        (f"sign_on: {{{PROVIDER}, client_secret: hidden-word}}", "must not be stored in a shared file"),
    ],
)
def test_single_sign_on_that_cannot_work_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(_write(tmp_path, text))
    assert "hidden-word" not in f"{caught.value} {caught.value.__cause__}"


def test_the_clients_secret_comes_from_the_environment_or_the_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    file = _write(tmp_path, f"sign_on: {{{PROVIDER}, roles: {{admin: [wb-admins]}}}}")
    assert read_client_secret(load_settings(file)) == ""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "sign_on_secret").write_text("of the folder\n")
    assert read_client_secret(load_settings(file)) == "of the folder"
    monkeypatch.setenv("WORKBENCH_SIGN_ON__CLIENT_SECRET", "of the environment")
    settings = load_settings(file)
    assert read_client_secret(settings) == "of the environment"
    assert settings.sign_on.roles.admin == ("wb-admins",)
    assert "of the environment" not in repr(settings)


def test_an_error_shows_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_SIGN_ON__CLIENT_SECRET", "hidden-word")
    with pytest.raises(ConfigError, match="is missing") as caught:
        load_settings(_write(tmp_path, "sign_on: {issuer: https://login.bank.example}"))
    assert "hidden-word" not in f"{caught.value} {caught.value.__cause__}"


def test_every_variable_that_the_code_or_a_guide_names_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*(PROJECT_ROOT / "pipeline").rglob("*.py"), PROJECT_ROOT / "README.md"]
    texts += (PROJECT_ROOT / "docs").glob("*.md")
    named = {
        name for path in texts for name in re.findall(r"WORKBENCH_[A-Z_]*[A-Z]", path.read_text("utf-8"))
    }
    plain = {name for name in named if "__" not in name} - {"WORKBENCH_CONFIG", "WORKBENCH_HOME"}
    assert {"WORKBENCH_PASSWORD", "WORKBENCH_SOURCE_PASSWORD", "WORKBENCH_TARGET_PASSWORD"} <= plain
    for name in plain:
        monkeypatch.setenv(name, "hidden-word")
    assert "hidden-word" not in repr(load_settings(_write(tmp_path, "")))


@pytest.mark.parametrize("url", ["redis://:PASSWORD@host:6379/0", "redis://host/0?password=PASSWORD"])
def test_a_password_of_the_cache_in_a_file_is_refused_without_repeating_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"cache\.url must not be stored in a shared file") as refused:
        load_settings(_write(tmp_path, f"cache: {{url: '{url}'}}"))
    assert "PASSWORD" not in str(refused.value)
    assert "WORKBENCH_CACHE__URL" in refused.value.hint


def test_the_address_of_the_cache_comes_from_the_environment_and_is_shown_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE__URL", "rediss://:PASSWORD@host:6379/0")
    settings = load_settings(_write(tmp_path, ""))
    assert (settings.cache.url, "PASSWORD" in repr(settings)) == ("rediss://:PASSWORD@host:6379/0", False)


@pytest.mark.parametrize("url", ["http://:PASSWORD@host", "host:6379", "redis:PASSWORD"])
def test_what_is_no_address_of_a_redis_is_refused_without_repeating_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("WORKBENCH_CACHE__URL", url)
    with pytest.raises(ConfigError, match=r"^config\.yaml: cache: .*redis://") as refused:
        load_settings(_write(tmp_path, ""))
    assert url not in str(refused.value)
