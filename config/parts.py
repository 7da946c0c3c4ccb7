"""The processes the supervisor runs: web server, worker, scheduler."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from config.engines import REPOSITORY
from config.processes import LOOPBACK, dies_with_parent

# Carried by every part, so that the next supervisor finds what a killed one left.
MARK = "PORTAL_PART_OF"
STABLE_AFTER = 10.0
LONGEST_PAUSE = 15.0
GIVES_UP_AFTER = 4


class Part:
    """One process, with its own process group, that is started again when it dies."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self._command = [sys.executable, "-m", *arguments]
        self._environment = os.environ | environment
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._not_before = 0.0
        self._failures = 0

    @property
    def gives_up(self) -> bool:
        """Whether it died again and again without ever running for a while."""
        return self._failures >= GIVES_UP_AFTER

    def start(self, now: float) -> None:
        """Start the process."""
        self._started = now
        self._child = subprocess.Popen(
            self._command,
            cwd=REPOSITORY,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )

    def has_died(self) -> bool:
        """Whether it is to be started again."""
        return self._child is not None and self._child.poll() is not None

    def restart(self, now: float) -> None:
        """Start it again, at once if it had run for a while and ever later when it keeps dying."""
        if self._not_before == 0.0:
            stable = now - self._started > STABLE_AFTER
            self._failures = 0 if stable else self._failures + 1
            self._not_before = now + (0 if stable else min(2.0**self._failures / 2, LONGEST_PAUSE))
            print(f"{self.name} 意外退出，正在重新启动。", file=sys.stderr, flush=True)
        if now >= self._not_before:
            self._not_before = 0.0
            self._signal(signal.SIGKILL)
            self.start(now)

    def _signal(self, signum: signal.Signals) -> None:
        """To the whole group: the children of a killed server are in it."""
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signum)

    def ask_to_stop(self) -> None:
        """Let it finish what it is doing."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)

    def stop(self, deadline: float) -> None:
        """Wait for its end until the deadline, then end its whole group."""
        if self._child is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(max(0.0, deadline - time.monotonic()))
        self._signal(signal.SIGKILL)
        self._child.wait()


def parts(data: Path, port: int, environment: dict[str, str]) -> list[Part]:
    """Everything that runs, in the order of starting."""
    web = ["gunicorn", "config.wsgi:application", f"--bind={LOOPBACK}:{port}", "--preload"]
    web += ["--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket"]
    web += ["--graceful-timeout=5", "--log-level=warning"]
    celery = ["celery", "-q", "-A", "config.celery"]
    worker = [*celery, "worker", "--concurrency=2", "--loglevel=WARNING"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*celery, "beat", "--loglevel=WARNING", "--pidfile="]
    marked = environment | {MARK: str(data)}
    return [Part("web", web, marked), Part("worker", worker, marked), Part("scheduler", beat, marked)]
