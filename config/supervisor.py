"""`make run`: from an empty folder to a sign-in page that answers, everything under one process.

The parts die with the supervisor, the engines with their last user; whatever was killed, the next start
clears away what is left and goes on with the data as PostgreSQL has it.
"""

import contextlib
import hashlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import redis

from config.engines import APP, OWNER, REPOSITORY, EngineError, Lease, are_named, data_directory
from config.locks import FileLock
from config.parts import MARK, Part, parts
from config.processes import (
    LOOPBACK,
    dies_with_parent,
    end_processes,
    end_with_parent,
    is_port_free,
    processes_marked,
    wait_until,
)

DEFAULT_PORT = 8000
READY_TIMEOUT = 60.0
STOP_TIMEOUT = 10.0
PATIENCE = 1.5
PREVIOUS_TIMEOUT = 20.0
WELCOME = """
县工通已启动：http://{host}:{port}/

演示账号（密码均为 {password}）：
  县级录入员    632322.clerk     县级负责人    632322.head
  市州审核员    632300.reviewer  省级审核员    630000.reviewer
  省级领导      630000.official  管理员        admin
其他重点县的账号同样写作“县代码.clerk”“县代码.head”。按 Ctrl-C 停止，数据保存在 {data}。
"""


class Refused(RuntimeError):
    """The portal cannot start; the message is one sentence for the person at the terminal."""


class Stopped(BaseException):
    """A signal asked the supervisor to end."""


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    raise Stopped


def _listen_to_signals() -> None:
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, _stop)
    if "MAKELEVEL" in os.environ:
        end_with_parent(signal.SIGTERM)


def choose_port(wanted: str | None) -> int:
    """The port asked for, or the first free one from 8000."""
    if not wanted:
        return next(port for port in range(DEFAULT_PORT, 65536) if is_port_free(port))
    if not (wanted.isdecimal() and 0 < int(wanted) < 65536):
        raise Refused(f"PORT={wanted} 不是端口号，请写 1 到 65535 之间的数。")
    if not is_port_free(int(wanted)):
        raise Refused(f"端口 {wanted} 已被占用，请换一个，例如 make run PORT={int(wanted) % 65000 + 1}。")
    return int(wanted)


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """One supervisor for a data directory; one that is just ending is waited for."""
    data.mkdir(mode=0o711, parents=True, exist_ok=True)
    lock = FileLock(data / "supervisor.lock")
    if not wait_until(lock.try_own, PATIENCE):
        _refuse_if_running(data)
        print("上一次运行尚未结束，正在等待……", flush=True)
        if not wait_until(lock.try_own, PREVIOUS_TIMEOUT):
            raise Refused(f"上一次运行没有结束（数据目录 {data}），请稍后再试。")
    try:
        yield
    finally:
        lock.close()


def _refuse_if_running(data: Path) -> None:
    port = data / "port"
    if port.exists() and answers(int(port.read_text())):
        address = f"http://{LOOPBACK}:{port.read_text()}/"
        raise Refused(f"门户已经在运行：{address}；要再开一个，请用 PORTAL_DATA 指定另一个目录。")


def manage(*arguments: str, environment: dict[str, str], failure: str) -> None:
    """Run one command of the portal; its failure is ours."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=os.environ | environment,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )
    if done.returncode:
        raise Refused(f"{failure}，门户未启动。")


def _static_fingerprint() -> str:
    """Changes when a static file of ours or a package does."""
    digest = hashlib.sha256((REPOSITORY / "requirements.txt").read_bytes())
    for path in sorted((REPOSITORY / "static").rglob("*")):
        status = path.stat()
        digest.update(f"{path}|{status.st_mtime_ns}|{status.st_size}\n".encode())
    return digest.hexdigest()


def _collect_static(data: Path, environment: dict[str, str]) -> None:
    """Collect static files when they changed."""
    stamp, fingerprint = data / "static.stamp", _static_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    command = ("collectstatic", "--noinput", "--clear", "--verbosity=0")
    manage(*command, environment=environment, failure="静态文件没有收集成功（原因见上）")
    stamp.write_text(fingerprint)


def forget_unacknowledged(redis_url: str) -> None:
    """Drop what a killed worker had taken: jobs are rows of the database, the sweeper sends them again."""
    client = redis.Redis.from_url(f"{redis_url}/0")
    with contextlib.closing(client), contextlib.suppress(redis.RedisError):
        client.delete("unacked", "unacked_index", "unacked_mutex")


class Supervisor:
    """Starts the parts, restarts those that die, stops all."""

    def __init__(self, data: Path, port: int) -> None:
        self._data = data
        self._port = port
        self._lease = None if are_named() else Lease(data)
        self._environment = self._addresses(APP)
        self._parts: list[Part] = []

    def _addresses(self, role: str) -> dict[str, str]:
        return self._lease.environment(role) if self._lease else {}

    def prepare(self) -> None:
        """Database structure, demonstration data, static files."""
        from django.conf import settings

        if settings.DEMO_MODE:
            self._prepare_demonstration()
        else:
            outdated = "数据库结构不是最新的，请先以数据库所有者的 DATABASE_URL 执行 manage.py migrate"
            manage("migrate", "--check", environment=self._environment, failure=outdated)
        _collect_static(self._data, self._environment)

    def _prepare_demonstration(self) -> None:
        owner = self._addresses(OWNER)
        failure = "数据库结构没有更新成功（原因见上）"
        manage("migrate", "--noinput", "--verbosity=0", environment=owner, failure=failure)
        failure = "演示数据没有载入成功（原因见上）"
        manage("load_demo", "--if-empty", environment=owner, failure=failure)

    def start(self) -> None:
        """Start every part."""
        if self._lease:
            forget_unacknowledged(self._environment["REDIS_URL"])
        self._parts = parts(self._data, self._port, self._environment)
        for part in self._parts:
            part.start(time.monotonic())

    def wait_until_ready(self) -> None:
        """Until the sign-in page answers."""
        deadline = time.monotonic() + READY_TIMEOUT
        while not answers(self._port):
            self._watch()
            if time.monotonic() > deadline or any(part.gives_up for part in self._parts):
                raise Refused("登录页没有应答，门户未启动；原因见上面的日志。")
            time.sleep(0.1)

    def watch(self) -> NoReturn:
        """For ever: restart what died."""
        while True:
            self._watch()
            time.sleep(0.5)

    def _watch(self) -> None:
        if self._lease and not self._lease.is_alive():
            self._restart_engines(self._lease)
        for part in self._parts:
            if part.has_died():
                if part.name == "worker" and self._lease:
                    forget_unacknowledged(self._environment["REDIS_URL"])
                part.restart(time.monotonic())

    def _restart_engines(self, lease: Lease) -> None:
        """Bring killed engines back; should a port have changed, the parts need the new address."""
        lease.ensure()
        environment = lease.environment(APP)
        if environment != self._environment:
            self._environment = environment
            self._stop_parts()
            self.start()

    def _stop_parts(self) -> None:
        for part in self._parts:
            part.ask_to_stop()
        deadline = time.monotonic() + STOP_TIMEOUT
        for part in self._parts:
            part.stop(deadline)

    def stop(self) -> None:
        """Stop the parts, then the engines."""
        self._stop_parts()
        if self._lease:
            self._lease.close()


def answers(port: int) -> bool:
    """Whether the sign-in page answers, asked for as the proxy would ask."""
    from django.conf import settings

    host = settings.ALLOWED_HOSTS[0].lstrip(".*") or LOOPBACK
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", settings.LOGIN_URL, headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(data: Path, port: int) -> None:
    from django.conf import settings

    if settings.DEMO_MODE:
        print(
            WELCOME.format(host=LOOPBACK, port=port, password=settings.DEMO_PASSWORD, data=data), flush=True
        )
    else:
        print(f"县工通已启动：http://{LOOPBACK}:{port}/", flush=True)


def _end_orphans(data: Path) -> None:
    """End the parts of a supervisor that was killed."""
    end_processes(lambda: list(processes_marked(MARK, str(data))), signal.SIGTERM, STOP_TIMEOUT)


def supervise(data: Path) -> None:
    """Run the portal until a signal comes."""
    _end_orphans(data)
    port = choose_port(os.environ.get("PORT"))
    supervisor = Supervisor(data, port)
    try:
        supervisor.prepare()
        supervisor.start()
        supervisor.wait_until_ready()
        (data / "port").write_text(str(port))
        _welcome(data, port)
        supervisor.watch()
    finally:
        supervisor.stop()


def main() -> int:
    """`python -m config.supervisor`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _listen_to_signals()
    data = data_directory()
    try:
        from django.conf import settings

        settings.SECRET_KEY  # noqa: B018 - production without its secrets is refused here, in one sentence
        with _alone(data):
            supervise(data)
    except Stopped:
        print("县工通已停止。", flush=True)
        return 0
    except (Refused, EngineError) as refusal:
        print(refusal, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
