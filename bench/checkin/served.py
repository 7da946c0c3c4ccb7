"""The same taps over HTTP, as phones send them: one gunicorn worker a view, one request after the other."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import mean, median, quantiles
from time import perf_counter
from typing import Any

from bench.checkin.taps import MOST, WARM_UP, is_well, requests_of
from config.processes import LOOPBACK, free_port, is_port_free, wait_until

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0
TURN = 20
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)(?=\r\n).*?\r\n\r\n", re.IGNORECASE | re.DOTALL)


def run(views: list[str]) -> dict[str, Any]:
    """Median, mean and slowest of the requests to each view, from sending to the last byte of the answer.

    The views take short turns: what else the machine does meets all of them alike, and no turn is too short for
    a server to run at its pace.
    """
    seconds: dict[str, list[float]] = {view: [] for view in views}
    with ExitStack() as open_servers:
        phones = {view: (open_servers.enter_context(_phone(view)), requests_of(view)) for view in views}
        for start in range(0, WARM_UP + MOST, TURN):
            for view, (phone, taps) in phones.items():
                seconds[view] += [_timed(phone, tap) for tap in taps[start : start + TURN]]
    told: dict[str, Any] = {}
    for view in views:
        of_view = seconds[view][WARM_UP:]
        told[f"{view}_requests"] = len(of_view)
        told[f"{view}_seconds"] = median(of_view)
        told[f"{view}_p95_seconds"] = quantiles(of_view, n=20)[-1]
        told[f"{view}_mean_seconds"] = mean(of_view)
    return {**told, "seconds": told[f"{views[0]}_seconds"]}


def _timed(phone: socket.socket, tap: dict[str, Any]) -> float:
    request = _written(tap)
    begun = perf_counter()
    phone.sendall(request)
    answer = _answer(phone)
    seconds = perf_counter() - begun
    if not (answer.startswith(b"HTTP/1.1 200 ") and is_well(answer.partition(b"\r\n\r\n")[2])):
        raise RuntimeError(f"{tap['PATH_INFO']}: {answer[:40]!r}")
    return seconds


def _written(tap: dict[str, Any]) -> bytes:
    body: bytes = tap["wsgi.input"].getvalue()
    head = f"""POST {tap["PATH_INFO"]} HTTP/1.1
Host: localhost
Content-Type: {tap["CONTENT_TYPE"]}
Content-Length: {len(body)}
Cookie: {tap["HTTP_COOKIE"]}

"""
    return head.replace("\n", "\r\n").encode() + body


def _answer(phone: socket.socket) -> bytes:
    """Until the last byte; what Python's own client needs to take headers apart would count as the server's."""
    answer = b""
    while not (length := LENGTH.search(answer)) or len(answer) < length.end() + int(length[1]):
        received = phone.recv(65536)
        if not received:
            raise RuntimeError("the web server hung up")
        answer += received
    return answer


@contextmanager
def _phone(view: str) -> Iterator[socket.socket]:
    """A connection to a web server of its own."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--preload", "--log-level=error"]
    command += [
        "--worker-class=gthread",
        "--workers=1",
        "--threads=2",
        "--keep-alive=60",
        f"--bind={LOOPBACK}:{port}",
    ]
    settings = {"DJANGO_SETTINGS_MODULE": "bench.checkin.served_settings", "BENCH_VIEW": view}
    with subprocess.Popen(command, env={**os.environ, **settings}) as server:
        try:
            if not wait_until(lambda: not is_port_free(port), START_TIMEOUT):
                raise RuntimeError("the web server did not start")
            with socket.create_connection((LOOPBACK, port)) as phone:
                yield phone
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT)
