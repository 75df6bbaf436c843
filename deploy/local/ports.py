"""Which ports are free, who has the others, and whether somebody answers there."""

from __future__ import annotations

import errno
import http.client
import socket

import psutil

from deploy.faults import SetupFault


def must_be_free(setting: str, *, host: str, port: int) -> None:
    """Raises `SetupFault`, naming the setting and, where known, the process that has the port."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind) as probe:
            # Connections of an earlier run that still fade away don't count as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SetupFault(
                f"Port {port} is taken{_by(port)}; stop it or set {setting} to another port"
            ) from None
        if error.errno == errno.EACCES:
            raise SetupFault(
                f"Port {port} is only for root; set {setting} to one above 1023"
            ) from None
        raise SetupFault(
            f"{host}:{port} can't be listened on ({error.strerror}); set HOST and {setting} anew"
        ) from None


def free_port(host: str = "127.0.0.1") -> int:
    """A port nobody listens on at this moment; for tests."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def listening(host: str, port: int) -> bool:
    """Whether somebody accepts connections."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def healthy(host: str, port: int, *, path: str) -> bool:
    """Whether GET `path` is answered with a 2xx status."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _by(port: int) -> str:
    """Who listens, as far as the system tells us: macOS tells only root."""
    try:
        for found in psutil.net_connections(kind="tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr.port == port and found.pid:
                return f" by {psutil.Process(found.pid).name()} (PID {found.pid})"
    except (psutil.Error, OSError):
        pass
    return ""
