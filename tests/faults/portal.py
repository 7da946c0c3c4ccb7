"""A portal of its own to be harmed: engines, a worker, a web server, a clerk's browser.

Everything is what `make run` starts, with the same settings, except that leases are short: a drill waits out
every one of them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import redis

from config.processes import LOOPBACK, dies_with_parent, free_port, wait_until

LEASE_SECONDS = 3
READY = 60.0
# A worker as always, but with short leases, and blocks so small that there are many moments between two of them.
WORKER = f"""
import django
django.setup()
from datetime import timedelta
from core import jobs
from core.imports import checking
jobs.LEASE, jobs.BEAT_SECONDS = timedelta(seconds={LEASE_SECONDS}), {LEASE_SECONDS / 4}
checking.CHUNK = 100
from celery.__main__ import main
main()
"""
WEB = ["gunicorn", "config.wsgi:application", "--preload", "--worker-class=gthread", "--workers=1"]
WEB += ["--threads=4", "--no-control-socket", "--log-level=critical"]


class Portal:
    """The processes of one drill; each can be killed, and is up again when `keep` returns."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self._worker: subprocess.Popen[bytes] | None = None
        self._web: subprocess.Popen[bytes] | None = None

    def keep(self) -> None:
        """Start what is not running, as the supervisor does; the engines have a keeper of their own."""
        if self._worker is None or self._worker.poll() is not None:
            self._worker = self._start(
                "-c", WORKER, "-q", "-A", "config", "worker", "--pool=solo", "-l", "critical"
            )
        if self._web is None or self._web.poll() is not None:
            self._web = self._start("-m", *WEB, f"--bind={LOOPBACK}:{self.port}")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.data / "drill.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),
            )

    def stop(self) -> None:
        """End worker and web server; the engines end with their lease."""
        for process in (self._worker, self._web):
            if process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def hold_worker(self) -> None:
        """Let it take nothing for a moment."""
        assert self._worker is not None
        self._worker.send_signal(signal.SIGSTOP)

    def release_worker(self) -> None:
        assert self._worker is not None
        self._worker.send_signal(signal.SIGCONT)

    def kill_worker(self) -> None:
        assert self._worker is not None
        self._worker.kill()
        self._worker.wait()

    def kill_database(self) -> None:
        """The postmaster: its backends follow, the keeper starts it anew and it recovers from its log."""
        number = int((self.data / "engines" / "pg18" / "postmaster.pid").read_text().split()[0])
        _kill(number)

    def kill_broker(self) -> None:
        """Emptied first, so that nothing it wrote down helps."""
        with suppress(redis.RedisError):
            client = redis.Redis.from_url(os.environ["REDIS_URL"])
            number = int(client.info("server")["process_id"])
            client.flushall()
            _kill(number)

    def kill_web(self) -> None:
        """The process that answers; the one that watches over it starts another."""
        assert self._web is not None
        for number in _children(self._web.pid):
            _kill(number)


def _kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def _children(number: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


class Broken(Exception):
    """No answer, or one that says that the portal is not well."""


class Clerk:
    """A clerk's browser: signs in, uploads, presses buttons."""

    def __init__(self, port: int, name: str, password: str) -> None:
        self._origin = f"http://{LOOPBACK}:{port}"
        self._signs_in = {"username": name, "password": password}
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))

    def sign_in(self) -> None:
        """As often as it takes: the web server may just be coming up."""
        wait_until(lambda: self._succeeds(lambda: self.get("/accounts/login/")), READY, 0.2)
        self.post("/accounts/login/", self._signs_in)

    def _succeeds(self, ask: Callable[[], Any]) -> bool:
        with suppress(Broken):
            ask()
            return True
        return False

    def get(self, path: str) -> str:
        return self._ask(urllib.request.Request(self._origin + path))

    def post(self, path: str, fields: dict[str, str]) -> str:
        data = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": self._token()})
        return self._ask(urllib.request.Request(self._origin + path, data.encode()))

    def upload(self, path: str, file: Path) -> str:
        edge = uuid.uuid4().hex
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{self._token()}\r\n',
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            f"Content-Type: text/csv\r\n\r\n{file.read_text()}\r\n--{edge}--\r\n",
        ]
        request = urllib.request.Request(self._origin + path, "".join(parts).encode())
        request.add_header("Content-Type", f"multipart/form-data; boundary={edge}")
        return self._ask(request)

    def _token(self) -> str:
        return next((str(cookie.value) for cookie in self._cookies if cookie.name == "csrftoken"), "")

    def _ask(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=READY) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, HTTPException, OSError) as error:
            raise Broken(str(error)) from error
