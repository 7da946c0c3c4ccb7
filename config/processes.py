"""What the supervisor and the engines need to know about operating-system processes."""

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOOPBACK = "127.0.0.1"
SERVER_PORTS = range(20_000, 32_000)


def end_with_parent(signum: signal.Signals) -> None:
    """Have the kernel send this process `signum` when its parent dies (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signum)


def dies_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` for children that are to end with this process."""
    parent = os.getpid()

    def arm() -> None:
        end_with_parent(signum)
        if os.getppid() != parent:
            os._exit(1)

    return arm


def is_port_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(*taken: int) -> int:
    """A port that nobody holds, below those that the kernel lends to clients: a server that is down for a moment
    must find its own again. `taken` are spoken for, though nobody listens there yet.
    """
    while True:
        port = SERVER_PORTS.start + secrets.randbelow(len(SERVER_PORTS))
        if port not in taken and is_port_free(port):
            return port


def processes_in(*directories: Path) -> Iterator[int]:
    """Live processes that work in one of these directories: left by a killed parent (Linux only)."""
    wanted = {str(directory) for directory in directories}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") in wanted:
                yield int(entry.name)


def processes_marked(variable: str, value: str) -> Iterator[int]:
    """Live processes that were started with this environment variable (Linux only)."""
    wanted = f"{variable}={value}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                yield int(entry.name)


def wait_until(condition: Callable[[], bool], timeout: float, pause: float = 0.05) -> bool:
    """Poll until true; false when the time is over."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def end_processes(pids: Callable[[], list[int]], signum: signal.Signals, timeout: float) -> None:
    """Ask every process that `pids` names to end, then make it."""
    for attempt in (signum, signal.SIGKILL):
        for pid in pids():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, attempt)
        if wait_until(lambda: not pids(), timeout):
            return


def stop_child(child: subprocess.Popen[bytes], signum: signal.Signals, timeout: float) -> None:
    """End a child and reap it; kill it when it does not listen."""
    if child.poll() is None:
        child.send_signal(signum)
    try:
        child.wait(timeout)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
