"""A broker that speaks TLS and asks for a user, with a certificate made for the test."""

from __future__ import annotations

import base64
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.kafka import jars, java
from monitor.kafka.broker import cache_folder, free_port
from tests.soak.cluster import HEAP, Broker

USER = "pactwatch"
PASSWORD = "correct horse battery staple"

_PROPERTIES = Path(__file__).with_name("secured.properties")


@dataclass(frozen=True, slots=True)
class Secured:
    """Where it is, and the certificate that it can be known by."""

    address: str
    certificate: Path


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a key with a certificate for 127.0.0.1; return the store for Java and the certificate as PEM."""
    keytool = java.find().with_name("keytool")
    store, certificate = folder / f"{name}.p12", folder / f"{name}.pem"
    common = ["-keystore", str(store), "-storepass", PASSWORD, "-alias", name]
    made = ["-genkeypair", "-keyalg", "EC", "-dname", f"CN={name}", "-ext", "SAN=IP:127.0.0.1", "-validity", "2"]
    subprocess.run([keytool, *made, *common], check=True, capture_output=True)
    subprocess.run(
        [keytool, "-exportcert", "-rfc", "-file", str(certificate), *common], check=True, capture_output=True
    )
    return store, certificate


@contextmanager
def secured_broker(folder: Path) -> Iterator[Secured]:
    """Run a broker whose clients need TLS and SCRAM-SHA-512; its one user is `USER`."""
    store, certificate = certify(folder, "broker")
    port = free_port()
    inner = free_port(port)
    controller = free_port(port, inner)
    file = folder / "server.properties"
    values = {"port": port, "inner": inner, "controller": controller, "log_dir": folder / "data"}
    file.write_text(_PROPERTIES.read_text().format(store=store, password=PASSWORD, **values))
    program, path = java.find(), jars.class_path(cache_folder() / "jars")
    archives = java.Archives.of(cache_folder(), program, path)
    archives.prepare(program)
    cluster = "S" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:21]
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(file), "--add-scram", user]
    done = java.run(program, *java.command(program, path, archives, *tool)[1:])
    assert done.returncode == 0, done.stdout
    command = java.command(program, path, archives, "kafka.Kafka", str(file))
    command.insert(command.index("-cp"), HEAP)
    broker = Broker(1, inner, command, folder / "broker.log")
    try:
        broker.start()
        yield Secured(f"127.0.0.1:{port}", certificate)
    finally:
        broker.end()
