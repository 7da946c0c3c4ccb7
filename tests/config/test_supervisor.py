"""`make run` as a whole: starts, survives the death of each part, stops, and starts again."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.engines import REPOSITORY
from config.locks import is_held
from config.parts import MARK
from config.processes import LOOPBACK, free_port, processes_marked, wait_until
from config.supervisor import Refused, choose_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the parts as Linux shows them")
START_TIMEOUT = 600.0
# For all that follows the start: ample on a machine that does much else.
PATIENCE = 180


class Run:
    """One run of the supervisor on one data directory."""

    def __init__(self, data: Path, port: int) -> None:
        self._data = data
        self.port = port
        strange = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "MAKELEVEL")
        environment = {name: value for name, value in os.environ.items() if name not in strange}
        with (data / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.supervisor"],
                cwd=REPOSITORY,
                env=environment | {"PORTAL_DATA": str(data), "PORT": str(port)},
                stdout=output,
                stderr=output,
            )

    def output(self) -> str:
        return (self._data / "output").read_text()

    def is_healthy(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(
                urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/healthz", timeout=5).status == 200
            )
        return False

    def wait(self) -> None:
        """Until it answers, or ended without."""
        wait_until(lambda: self.is_healthy() or self.process.poll() is not None, START_TIMEOUT, 0.2)
        assert self.is_healthy(), self.output()

    def parts(self) -> list[int]:
        return sorted(processes_marked(MARK, str(self._data)))

    def masters(self) -> list[int]:
        """The first process of each part: the supervisor's own children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sorted(set(map(int, children)) & set(self.parts()))


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    data = Path(tempfile.mkdtemp(prefix="portal-run-"))
    data.chmod(0o711)
    yield data
    shutil.rmtree(data)


@pytest.fixture(scope="module")
def run(data: Path) -> Iterator[Run]:
    """One run for all tests, since the first start loads the demonstration; the last test kills it."""
    run = Run(data, free_port())
    try:
        run.wait()
        assert wait_until((data / "port").exists, PATIENCE)
        yield run
    finally:
        run.process.terminate()
        run.process.wait()


def test_the_accounts_are_printed(run: Run) -> None:
    assert "632322.clerk" in run.output()
    assert "Gongtong-2023" in run.output()


def test_a_busy_port_is_refused_in_one_sentence(run: Run) -> None:
    with pytest.raises(Refused, match="已被占用"):
        choose_port(str(run.port))


def test_a_second_supervisor_of_the_same_data_says_where_the_first_is(run: Run, data: Path) -> None:
    second = Run(data, free_port())
    assert second.process.wait(PATIENCE) == 1
    assert f"门户已经在运行：http://{LOOPBACK}:{run.port}/" in run.output()


def test_every_part_comes_back_after_a_kill(run: Run) -> None:
    wait_until(lambda: len(run.masters()) == 3, PATIENCE)
    before = run.masters()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: len(set(run.masters()) - set(before)) == 3, PATIENCE)
    assert wait_until(run.is_healthy, PATIENCE)


def test_a_killed_supervisor_is_cleared_away_by_the_next_whose_end_leaves_nothing(
    run: Run, data: Path
) -> None:
    run.process.kill()
    run.process.wait()
    again = Run(data, free_port())
    try:
        again.wait()
    finally:
        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(PATIENCE) == 0
    assert again.parts() == []
    assert not is_held(data / "keeper.lock")
    assert again.output().rstrip().endswith("县工通已停止。")


@pytest.mark.parametrize("wanted", ["abc", "0", "70000"])
def test_what_is_no_port_is_refused(wanted: str) -> None:
    with pytest.raises(Refused, match="不是端口号"):
        choose_port(wanted)
