"""`config.yaml` and the environment as one frozen object, loaded once at a surface and passed along."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from pipeline.errors import ConfigError

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Section(BaseModel):
    """A part of the configuration: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RowLimits(Section):
    """How many records one request may ask for."""

    minimum: int = Field(1_000, ge=1)
    maximum: int = Field(10_000, ge=1)

    @model_validator(mode="after")
    def _ordered(self) -> RowLimits:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class TrainingDefaults(Section):
    """The recipe that is used where a request names none.

    `own_tables` is the synthesizer of tables that are not built in.
    """

    synthesizer: str = "ctgan"
    own_tables: str = "auto"
    epochs: int = Field(70, ge=1, le=10_000)
    batch_size: int = Field(500, ge=10, le=100_000)
    seed: int = Field(0, ge=0)
    threads: int = Field(1, ge=1, le=64)
    device: Literal["cpu", "cuda", "auto"] = "cpu"


class IdentityOptions(Section):
    """How cautious the derived identity columns are."""

    ssn: Literal["valid", "never_issued"] = "valid"
    iin: Literal["test", "network"] = "test"


class SessionLimits(Section):
    """When a login ends by itself."""

    inactivity_minutes: int = Field(30, ge=1, le=24 * 60)
    absolute_hours: int = Field(12, ge=1, le=24 * 30)


class UploadLimits(Section):
    """The largest table that a user may register, and what reading one may take.

    `account_mb` is what all uploads of one account may take together while they are sent or wait on a page.
    """

    size_mb: int = Field(200, ge=1)
    columns: int = Field(500, ge=1)
    rows: int = Field(2_000_000, ge=1)
    cells: int = Field(50_000_000, ge=1)
    memory_mb: int = Field(4_096, ge=100)
    account_mb: int = Field(600, ge=1)


class ServerLimits(Section):
    """What clients get that are not logged in, and how long they may take.

    `strangers_per_address` are the WebSockets of one address, `strangers` those of all, and connections on
    which no request has come. `header_s` are seconds until a request with its headers is complete, `body_s`
    until its body is, at a KB a second at least.
    """

    strangers_per_address: int = Field(32, ge=1)
    strangers: int = Field(256, ge=1)
    header_s: float = Field(10.0, ge=0.5, le=600)
    body_s: float = Field(30.0, ge=0.5, le=3_600)


class ApiLimits(Section):
    """What the REST API takes: requests of one token in a minute."""

    requests_per_minute: int = Field(120, ge=1)


class RunLimits(Section):
    """How many runs are done at a time and may wait, in all and for one user, and when one is given up.

    Long runs train or make tables in parts, short ones take seconds. A worker that gives no sign of life for
    three times `heartbeat_s` has lost its run. `memory_mb` 0 stands for what the machine has free. A server
    with `dispatch` off takes orders and leaves it to another one on the same database to have them done.
    Workers have the nice value `nice`, with which they give way to pages and the API.
    """

    long_at_once: int = Field(1, ge=1, le=256)
    short_at_once: int = Field(1, ge=1, le=256)
    per_user: int = Field(2, ge=1)
    waiting: int = Field(100, ge=1)
    waiting_per_user: int = Field(20, ge=1)
    attempts: int = Field(3, ge=1, le=20)
    heartbeat_s: float = Field(10.0, ge=0.1, le=600)
    memory_mb: int = Field(0, ge=0)
    dispatch: bool = True
    nice: int = Field(10, ge=0, le=19)

    @property
    def patience(self) -> timedelta:
        """How long a run may give no sign of life before it counts as lost."""
        return timedelta(seconds=3 * self.heartbeat_s)


class DaskOptions(Section):
    """Where runs are done: on workers of this machine, or on the cluster whose scheduler is named.

    `workers` is the number of local workers for long runs and parts of large tables, 0 as many as long runs
    are done at once. The three files (PEM) are needed for a cluster that uses TLS.
    """

    scheduler: str = ""
    workers: int = Field(0, ge=0, le=256)
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""

    @model_validator(mode="after")
    def _complete(self) -> DaskOptions:
        files = (self.tls_ca, self.tls_cert, self.tls_key)
        if any(files) and not all(files):
            raise ValueError("tls_ca, tls_cert and tls_key are needed together")
        if self.scheduler and "://" not in self.scheduler:
            raise ValueError(f"scheduler {self.scheduler} is no address such as tls://host:8786")
        return self


class DatabaseOptions(Section):
    """Where accounts and sessions live; empty means SQLite in the state folder."""

    url: str = Field("", repr=False)


class LoginLimits(Section):
    """How many logins from one address may fail within a quarter of an hour; 0 counts none."""

    failures_per_address: int = Field(30, ge=0)


class SignOnRoles(Section):
    """Which values of the role claim give which role; the highest counts, and none at all gives no access."""

    viewer: tuple[str, ...] = ()
    analyst: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()


class SignOnOptions(Section):
    """The provider of single sign-on (OpenID Connect); without an issuer there is none."""

    issuer: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    redirect_url: str = ""
    label: str = Field("Log in with single sign-on", min_length=1, max_length=60)
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    name_claim: str = Field("email", min_length=1)
    role_claim: str = Field("groups", min_length=1)
    roles: SignOnRoles = SignOnRoles()
    allowed_domains: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> SignOnOptions:
        if not self.issuer:
            return self
        missing = [name for name in ("client_id", "redirect_url") if not getattr(self, name)]
        if missing:
            raise ValueError(f"issuer is set, and {' and '.join(missing)} is missing")
        for name in ("issuer", "redirect_url"):
            _refuse_plain_http(name, getattr(self, name))
        return self


def _refuse_plain_http(name: str, url: str) -> None:
    parts = urlsplit(url)
    is_local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_local):
        raise ValueError(f"{name} must begin with https://, or with http:// on this machine")


class StoreOptions(Section):
    """A second place for models, registered datasets and checkpoints: a folder or any fsspec URL."""

    url: str = Field("", repr=False)


class CacheOptions(Section):
    """The Redis that several app servers share; without `url` in memory and on disk.

    One that takes longer than `timeout_s` to answer is left alone for a while.
    """

    url: str = Field("", repr=False)
    timeout_s: float = Field(0.5, ge=0.05, le=60)

    @model_validator(mode="after")
    def _known(self) -> CacheOptions:
        # Not by `urlsplit`, whose errors repeat the address, and with it the password.
        if self.url and self.url.partition("://")[0] not in ("redis", "rediss", "unix"):
            raise ValueError("it must begin with redis://, rediss:// or unix://")
        return self


class Settings(BaseSettings):
    """Everything that can be configured; the environment (`WORKBENCH_SECTION__KEY`) wins over the file."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        # A traceback would show the input, with its secrets.
        hide_input_in_errors=True,
        env_prefix="WORKBENCH_",
        env_nested_delimiter="__",
    )

    home: Path = Path("var")
    rows: RowLimits = RowLimits()
    training: TrainingDefaults = TrainingDefaults()
    identity: IdentityOptions = IdentityOptions()
    session: SessionLimits = SessionLimits()
    uploads: UploadLimits = UploadLimits()
    server: ServerLimits = ServerLimits()
    api: ApiLimits = ApiLimits()
    runs: RunLimits = RunLimits()
    dask: DaskOptions = DaskOptions()
    database: DatabaseOptions = DatabaseOptions()
    login: LoginLimits = LoginLimits()
    sign_on: SignOnOptions = SignOnOptions()
    store: StoreOptions = StoreOptions()
    cache: CacheOptions = CacheOptions()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what the file said; nothing else."""
        return env_settings, init_settings

    @property
    def state_folder(self) -> Path:
        """The absolute folder that holds all state; a relative `home` counts from the project.

        ConfigError where `home` names no folder.
        """
        try:
            return (PROJECT_ROOT / self.home.expanduser()).resolve()
        except RuntimeError as error:
            raise ConfigError(f"home: {self.home} names no folder ({error}).", _KEY_HINT) from error


def load_settings(path: Path | None = None) -> Settings:
    """Read `config.yaml` (or `path`) and the environment; raise ConfigError naming the key that is wrong."""
    _refuse_unknown_variables()
    file = path or Path(os.environ.get("WORKBENCH_CONFIG", PROJECT_ROOT / "config.yaml"))
    try:
        return Settings(**_read_yaml(file))
    except ValidationError as error:
        raise ConfigError(f"{file.name}: {_describe(error)}", _KEY_HINT) from error
    except SettingsError as error:
        raise ConfigError(f"The environment: {error}.", _KEY_HINT) from error


_KEYS = {"MODEL_KEY", "AUDIT_KEY", "CACHE_KEY"}
_OTHER_VARIABLES = {"CONFIG", "PASSWORD", "SOURCE_PASSWORD", "TARGET_PASSWORD", *_KEYS}
_QUIET = ("url", "secret", "sign_on", "cache")
_KEY_HINT = (
    "correct the key in config.yaml or the WORKBENCH_SECTION__KEY variable; "
    "docs/configuration.md lists every key."
)


def _refuse_unknown_variables() -> None:
    """Raise ConfigError for a WORKBENCH_ variable that names no section; pydantic would ignore it."""
    known = {name.upper() for name in Settings.model_fields} | _OTHER_VARIABLES
    for variable in os.environ:
        section = variable.removeprefix("WORKBENCH_").partition("__")[0].upper()
        if variable.startswith("WORKBENCH_") and section not in known:
            raise ConfigError(f"The environment sets {variable}, which is not a known key.", _KEY_HINT)


def _read_yaml(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The configuration file {file} cannot be read.", "check its path and rights."
        ) from error
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f", line {line + 1}" if line is not None else ""
        raise ConfigError(
            f"{file.name}{where}: this is not valid YAML.", "check indentation and colons."
        ) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(
            f"{file.name}: expected sections with keys, found {type(content).__name__}.", _KEY_HINT
        )
    _refuse_secrets(file, content)
    return {str(key): value for key, value in content.items()}


def _refuse_secrets(file: Path, content: dict[Any, Any]) -> None:
    section = content.get("sign_on")
    if isinstance(section, dict) and "client_secret" in section:
        raise ConfigError(
            f"{file.name}: sign_on.client_secret must not be stored in a shared file.",
            "set WORKBENCH_SIGN_ON__CLIENT_SECRET, or write the state folder's file secrets/sign_on_secret.",
        )
    cache = content.get("cache")
    if isinstance(cache, dict) and _holds_login(str(cache.get("url", ""))):
        raise ConfigError(
            f"{file.name}: a user name or password in cache.url must not be stored in a shared file.",
            "set WORKBENCH_CACHE__URL to the whole address.",
        )


def _holds_login(url: str) -> bool:
    return "@" in url or "password" in url


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    is_quiet = first["type"] == "extra_forbidden" or any(word in key for word in _QUIET)
    found = "" if is_quiet else f" (found {first['input']!r})"
    return f"{key}: {first['msg']}{found}."
