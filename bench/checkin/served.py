"""The same taps over HTTP, as phones send them: one gunicorn worker, one request after the other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import mean, median, quantiles
from time import perf_counter
from typing import Any

from bench.checkin.taps import WARM_UP, is_well, requests_of
from config.processes import LOOPBACK, free_port, is_port_free, wait_until

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0


def run(view: str) -> dict[str, Any]:
    """Median and slowest of the requests, from sending to the last byte of the answer."""
    taps = requests_of(view)
    with _serving(view) as port:
        connection = HTTPConnection(LOOPBACK, port)
        seconds = [_timed(connection, tap) for tap in taps][WARM_UP:]
        connection.close()
    return {
        "seconds": median(seconds),
        "p95_seconds": quantiles(seconds, n=20)[-1],
        "mean_seconds": mean(seconds),
        "requests": len(seconds),
    }


def _timed(connection: HTTPConnection, tap: dict[str, Any]) -> float:
    headers = {"Host": "localhost", "Content-Type": tap["CONTENT_TYPE"], "Cookie": tap["HTTP_COOKIE"]}
    sent = tap["wsgi.input"].getvalue()
    begun = perf_counter()
    connection.request("POST", tap["PATH_INFO"], sent, headers)
    answer = connection.getresponse()
    body = answer.read()
    seconds = perf_counter() - begun
    if answer.status != 200 or not is_well(body):
        raise RuntimeError(f"{tap['PATH_INFO']}: {answer.status}")
    return seconds


@contextmanager
def _serving(view: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--preload", "--log-level=error"]
    command += ["--worker-class=gthread", "--workers=1", "--threads=2", f"--bind={LOOPBACK}:{port}"]
    settings = {"DJANGO_SETTINGS_MODULE": "bench.checkin.served_settings", "BENCH_VIEW": view}
    with subprocess.Popen(command, env={**os.environ, **settings}) as server:
        try:
            if not wait_until(lambda: not is_port_free(port), START_TIMEOUT):
                raise RuntimeError("the web server did not start")
            yield port
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT)
