"""The way to a Dask cluster: its credentials, a connection, and what its workers offer to parts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ClusterLost, ConfigError
from pipeline.settings import DaskOptions

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

_CONNECT_S = 10
PART = "part"
"""The resource that parts of a large table take: every long worker has one beside its run."""


def load_security(options: DaskOptions, address: str = "") -> Security:
    """The TLS credentials for the configured scheduler, or the one at an address; none where none are named.

    ConfigError where a file is missing, or the scheduler's address demands files and none are named.
    """
    from distributed.security import Security

    files = {
        "dask.tls_ca": options.tls_ca,
        "dask.tls_cert": options.tls_cert,
        "dask.tls_key": options.tls_key,
    }
    if not any(files.values()):
        _refuse_encryption(address or options.scheduler)
        return Security()
    for key, file in files.items():
        if not Path(file).is_file():
            raise ConfigError(f"{key}: there is no file {file}.", "name a PEM file that can be read.")
    roles = ("client", "scheduler", "worker")
    pairs = {f"tls_{role}_cert": options.tls_cert for role in roles}
    keys = {f"tls_{role}_key": options.tls_key for role in roles}
    return Security(require_encryption=True, tls_ca_file=options.tls_ca, **pairs, **keys)


def _refuse_encryption(address: str) -> None:
    if address.startswith("tls://"):
        raise ConfigError(
            f"The Dask scheduler is {address}, and no TLS files are named.",
            "name them as dask.tls_ca, dask.tls_cert and dask.tls_key, the same on every machine.",
        )


def connect(address: Any, security: Security) -> Client:
    """A client of the scheduler at an address; ClusterLost where it does not answer."""
    from distributed import Client

    try:
        return Client(address, security=security, timeout=_CONNECT_S, set_as_default=False)
    # RuntimeError: TLS is demanded, and the address is one without.
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise ClusterLost(
            f"The Dask scheduler at {address} does not answer.",
            "check its address and the TLS files of dask.",
        ) from error


def find_own_client() -> Client | None:
    """The client of the Dask worker that runs this very task, None in any other process."""
    if "distributed" not in sys.modules:
        # No worker is without it, and loading it takes a second.
        return None
    from distributed import get_client, get_worker

    try:
        get_worker()
    except ValueError:
        return None
    return get_client()


def list_workers(client: Client, resource: str) -> tuple[str, ...]:
    """Addresses of all workers that have a resource."""
    workers = client.scheduler_info()["workers"]
    return tuple(address for address, worker in workers.items() if resource in worker["resources"])


def find_part_resources(client: Client) -> dict[str, float]:
    """What a part asks of a worker: its own place where workers have one, nothing on a cluster without."""
    return {PART: 1} if list_workers(client, PART) else {}
