"""What a Dask cluster offers, and what a process outside of one is told."""

from __future__ import annotations

import pytest

from pipeline.errors import ClusterLost, ConfigError
from pipeline.generation.bulk.cluster import connect, find_own_client, find_part_resources, load_security
from pipeline.settings import DaskOptions


class Scheduler:
    """A client's view of workers with these resources."""

    def __init__(self, *resources):
        self._workers = {str(number): {"resources": one} for number, one in enumerate(resources)}

    def scheduler_info(self):
        return {"workers": self._workers}


@pytest.mark.parametrize(
    ("workers", "resources"),
    [
        (({"short": 1.0}, {"long": 1.0, "part": 1.0}), {"part": 1}),
        (({}, {"GPU": 2.0}), {}),
        ((), {}),
    ],
)
def test_parts_take_their_own_place_where_workers_have_one(workers, resources):
    assert find_part_resources(Scheduler(*workers)) == resources


def test_a_process_that_is_no_dask_worker_has_no_client():
    assert find_own_client() is None


def test_a_missing_file_of_the_credentials_is_named(tmp_path):
    there = tmp_path / "there.pem"
    there.write_text("")
    options = DaskOptions(tls_ca=str(there), tls_cert=str(tmp_path / "gone.pem"), tls_key=str(there))
    with pytest.raises(ConfigError, match=r"dask\.tls_cert: there is no file .*gone\.pem"):
        load_security(options)


def test_an_encrypted_scheduler_without_credentials_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"scheduler is tls://10\.0\.0\.5:8786, and no TLS files"):
        load_security(DaskOptions(scheduler="tls://10.0.0.5:8786"))
    with pytest.raises(ConfigError, match="scheduler is tls://elsewhere:8786, and no TLS files"):
        load_security(DaskOptions(), "tls://elsewhere:8786")
    assert load_security(DaskOptions(scheduler="tcp://127.0.0.1:8786")).tls_ca_file is None


def test_an_address_without_meaning_is_a_lost_cluster():
    with pytest.raises(ClusterLost, match="The Dask scheduler at nonsense://x does not answer"):
        connect("nonsense://x", load_security(DaskOptions()))
