"""Clusters: our own refuses strangers, another one is joined with `worker` and may lose its scheduler."""

from __future__ import annotations

import os
import shlex
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.runs.states import RunStatus
from pipeline.workbench.workbench import Workbench
from tests.ports import find_port
from tests.processes.conftest import (
    HEARTBEAT_S,
    PATIENCE_S,
    ROOT,
    JobServerProcess,
    assert_same_model,
    is_done,
    is_training,
    learn_undisturbed,
    open_workbench,
    order_training,
    wait_for,
)

EPOCHS = 10
SEED = 15
Member = Callable[[], AbstractContextManager[None]]


def test_everything_listens_on_loopback_and_strangers_are_refused(server, workbench):
    wait_for(workbench, order_training(workbench, 1, SEED), is_done)
    processes = [psutil.Process(server.process.pid), *server.list_workers()]
    listening = [one.laddr for each in processes for one in each.net_connections() if one.status == "LISTEN"]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    with ThreadPoolExecutor() as strangers:
        answers = list(strangers.map(_knock, [address.port for address in listening]))
    # The scheduler, and a worker with its nanny for each lane.
    assert answers.count("refused") == 1 + 2 * 2
    assert set(answers) == {"refused", "empty"}


def test_a_cluster_is_joined_over_tls_and_the_loss_of_its_scheduler_loses_no_run(tmp_path):
    with _joining(tmp_path) as (workbench, scheduler, worker), worker():
        with scheduler():
            run = wait_for(workbench, order_training(workbench, EPOCHS, SEED), is_training)
        with scheduler():
            done = wait_for(workbench, run, is_done)
            second = wait_for(workbench, order_training(workbench, 1, SEED), is_done)
    assert second.status is RunStatus.DONE
    undisturbed = learn_undisturbed(tmp_path / "undisturbed", EPOCHS, SEED)
    assert_same_model(tmp_path / "home", done, undisturbed)


def test_a_run_whose_last_worker_left_waits_and_can_be_cancelled_and_deleted(tmp_path):
    with _joining(tmp_path) as (workbench, scheduler, worker), scheduler():
        with worker():
            run = wait_for(workbench, order_training(workbench, 5_000, SEED), is_training)
        run = wait_for(workbench, run, lambda one: one.status is RunStatus.QUEUED)
        assert run.position == 1
        assert workbench.runs.cancel(run.id).status is RunStatus.CANCELLED
        workbench.runs.delete(run.id)


@contextmanager
def _joining(folder: Path) -> Iterator[tuple[Workbench, Member, Member]]:
    """A job server that hands its runs to a cluster; gives what starts the cluster's scheduler and worker."""
    home, files, port = folder / "home", _make_credentials(folder), find_port()
    environment = _join(port, files)
    workbench = open_workbench(home)
    server = JobServerProcess(home, **environment)
    try:
        yield workbench, partial(_scheduler, port, files), partial(_worker, home, environment)
    finally:
        assert server.stop() == 0, server.read_log()


def _knock(port: int) -> str:
    """What a client without credentials gets: an empty status page, a refusal, or what must not be."""
    status = _read_status(port)
    return _shake_hands(port) if status == "no page" else status


def _shake_hands(port: int) -> str:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain:
        try:
            with context.wrap_socket(plain) as talk:
                return "let in" if talk.recv(1) else "refused"
        except (ssl.SSLError, ConnectionError):
            return "refused"


def _read_status(port: int) -> str:
    """Asked first: it waits for more of what is no HTTP, while the others end what is no TLS."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as plain:
        try:
            plain.sendall(b"GET /info/main/workers.html HTTP/1.0\r\n\r\n")
            answer = plain.recv(100)
        except ConnectionError:
            return "no page"
    if not answer.startswith(b"HTTP/"):
        return "no page"
    return "empty" if b" 404 " in answer else "let in"


def _join(port: int, files: dict[str, Path]) -> dict[str, str]:
    return {
        "WORKBENCH_DASK__SCHEDULER": f"tls://127.0.0.1:{port}",
        "WORKBENCH_DASK__TLS_CA": str(files["ca-file"]),
        "WORKBENCH_DASK__TLS_CERT": str(files["cert"]),
        "WORKBENCH_DASK__TLS_KEY": str(files["key"]),
    }


@contextmanager
def _scheduler(port: int, files: dict[str, Path]) -> Iterator[None]:
    with _running(_read_documented_command(port, files), {}) as process:
        yield
        process.kill()


def _read_documented_command(port: int, files: dict[str, Path]) -> list[str]:
    """The command of docs/operations.md, with the addresses and files of this test."""
    blocks = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").split("```")
    (block,) = (one.partition("\n")[2] for one in blocks[1::2] if "dask_scheduler" in one)
    own = {
        ".venv/bin/python": sys.executable,
        "tls://10.0.0.5": "tls://127.0.0.1",
        "8786": str(port),
        "127.0.0.1:8787": "127.0.0.1:0",
        "ca.pem": str(files["ca-file"]),
        "cluster.pem": str(files["cert"]),
        "cluster.key": str(files["key"]),
    }
    words = shlex.split(block.replace("\\\n", " "))
    assert own.keys() <= set(words)
    assert words[0] == ".venv/bin/python"
    return [own.get(word, word) for word in words]


@contextmanager
def _worker(home: Path, environment: dict[str, str]) -> Iterator[None]:
    known = {"WORKBENCH_HOME": str(home), "WORKBENCH_RUNS__HEARTBEAT_S": str(HEARTBEAT_S)}
    command = [sys.executable, "-m", "pipeline", "worker", "--short", "0"]
    with _running(command, {**known, **environment}) as process:
        yield
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _make_credentials(folder: Path) -> dict[str, Path]:
    """A key and its own certificate, as files for every member of a cluster."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test-cluster")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    content = {
        "cert": certificate.public_bytes(pem),
        "key": key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
        "ca-file": certificate.public_bytes(pem),
    }
    for role, text in content.items():
        (folder / f"{role}.pem").write_bytes(text)
    return {role: folder / f"{role}.pem" for role in content}


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
