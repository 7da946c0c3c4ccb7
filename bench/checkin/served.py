"""The same taps over HTTP, as phones send them: one gunicorn worker a view, one request after the other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from statistics import mean, median, quantiles
from time import perf_counter
from typing import Any

from bench.checkin.taps import MOST, WARM_UP, is_well, requests_of
from config.processes import LOOPBACK, free_port, is_port_free, wait_until

START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0
TURN = 20


def run(views: list[str]) -> dict[str, Any]:
    """Median, mean and slowest of the requests to each view, from sending to the last byte of the answer.

    The views take short turns: what else the machine does meets all of them alike, and no turn is too short for
    a server to run at its pace.
    """
    seconds: dict[str, list[float]] = {view: [] for view in views}
    with ExitStack() as open_servers:
        phones = {view: (open_servers.enter_context(_phone(view)), requests_of(view)) for view in views}
        for start in range(0, WARM_UP + MOST, TURN):
            for view, (connection, taps) in phones.items():
                seconds[view] += [_timed(connection, tap) for tap in taps[start : start + TURN]]
    told: dict[str, Any] = {}
    for view in views:
        of_view = seconds[view][WARM_UP:]
        told[f"{view}_requests"] = len(of_view)
        told[f"{view}_seconds"] = median(of_view)
        told[f"{view}_p95_seconds"] = quantiles(of_view, n=20)[-1]
        told[f"{view}_mean_seconds"] = mean(of_view)
    return {**told, "seconds": told[f"{views[0]}_seconds"]}


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
def _phone(view: str) -> Iterator[HTTPConnection]:
    """A connection to a web server of its own."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--preload", "--log-level=error"]
    command += ["--worker-class=gthread", "--workers=1", "--threads=2", f"--bind={LOOPBACK}:{port}"]
    settings = {"DJANGO_SETTINGS_MODULE": "bench.checkin.served_settings", "BENCH_VIEW": view}
    with subprocess.Popen(command, env={**os.environ, **settings}) as server:
        try:
            if not wait_until(lambda: not is_port_free(port), START_TIMEOUT):
                raise RuntimeError("the web server did not start")
            with closing(HTTPConnection(LOOPBACK, port)) as connection:
                yield connection
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT)
