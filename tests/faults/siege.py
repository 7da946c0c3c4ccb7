"""One import after another is checked, committed and undone while parts of the portal are killed.

Every step must end as it ends in peace: the same register, every row planned and written once, one audit event.
Nothing is faked: leases run out by themselves, and the sweeper comes by as the scheduler would have it.
"""

from __future__ import annotations

import os
import platform
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from config.engines import Lease
from config.processes import wait_until
from core import jobs, scope
from core.imports.clearing import remove_finished_files, remove_orphans
from core.models import AuditEvent, History, ImportBatch, ImportRow, Job
from members.models import Membership, Person
from tests.faults.portal import LEASE_SECONDS, Broken, Clerk, Portal
from tests.world import PASSWORD, build, id_number

PARTS, STAGES = ("worker", "database", "broker", "web"), ("check", "commit", "undo")
ROWS = 1_200
HARMS_TO_ONE_JOB = 3  # a job whose worker died five times is given up
LONGEST = 120.0
Answer = TypeVar("Answer")
Plan = ImportRow.Plan


def table(folder: Path) -> Path:
    """A file of members who are not registered yet."""
    lines = ["姓名,身份证号,所在工会,入会日期"]
    for n in range(ROWS):
        born = f"{1965 + n % 35}{1 + n // 500:02d}15"
        lines.append(f"测试人,{id_number(n % 500 + 100, born)},632322-0001,2023-01-05")
    path = folder / "members.csv"
    path.write_text("\n".join(lines))
    return path


def asked(ask: Callable[[], Answer]) -> Answer:
    """The answer of the database, once it is there again."""
    until = time.monotonic() + LONGEST
    while True:
        try:
            with transaction.atomic():
                scope.apply_everywhere()
                return ask()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def register() -> Any:
    """What stands in the register, without numbers that only say in which order it came there."""
    persons = Person.objects.order_by("id_hash").values_list("name", "id_hash", "birth_date", "union__code")
    spells = Membership.objects.order_by("person__id_hash", "valid_from")
    return asked(
        lambda: (
            [(name, bytes(key), born, union) for name, key, born, union in persons],
            [(bytes(key), day) for key, day in spells.values_list("person__id_hash", "valid_from")],
        )
    )


def events(verb: str, batch: int) -> int:
    return asked(AuditEvent.objects.filter(verb=verb, target_id=batch).count)


class Siege:
    """The drill: how many moments are left for each part, and what was struck at which stage."""

    def __init__(self, data: Path, lease: Lease, moments: int, seed: int, minutes: float) -> None:
        jobs.QUEUED_TOO_LONG = timedelta(seconds=LEASE_SECONDS)
        jobs.SENT_AGAIN_AFTER = timedelta(seconds=2 * LEASE_SECONDS)
        self.lease, self.seed, self.chance = lease, seed, random.Random(seed)
        self.left = Counter(dict.fromkeys(PARTS, moments))
        self.struck: Counter[tuple[str, str]] = Counter()
        self.typical: dict[tuple[str, str], float] = {}
        self.imports = 0
        build()
        self.portal = Portal(data)
        self.clerk = Clerk(self.portal.port, "632322.clerk", PASSWORD)
        self.path = table(data)
        self.swept = 0.0
        self.until = time.monotonic() + 60 * minutes

    def run(self) -> dict[str, Any]:
        """One import in peace to learn from, then imports until every part had all its moments, or time is up."""
        begun = time.monotonic()
        try:
            self.portal.keep()
            self.clerk.sign_in()
            self.before = register()
            self.after: Any = None
            while not self.imports or (self.left.total() and time.monotonic() < self.until):
                self.one_import()
                print(f"import {self.imports}, left {dict(self.left)}", file=sys.stderr, flush=True)
            self.assert_nothing_is_left()
        finally:
            self.portal.stop()
        return {
            "seed": self.seed,
            "moments": {part: {stage: self.struck[part, stage] for stage in STAGES} for part in PARTS},
            "imports": self.imports,
            "rows": ROWS,
            "seconds": round(time.monotonic() - begun),
            "load": round(os.getloadavg()[0], 1),
            "machine": f"{os.cpu_count()} 核，{platform.system()} {platform.machine()}",
        }

    def one_import(self) -> None:
        """Upload and check, commit, undo, each held to what it must leave behind."""
        known = asked(lambda: set(ImportBatch.objects.values_list("pk", flat=True)))
        new = ImportBatch.objects.exclude(pk__in=known)
        upload = "/imports/new/?resource=members"
        self.press("check", lambda: self.clerk.upload(upload, self.path), lambda: asked(new.exists))
        [batch] = asked(lambda: list(new.values_list("pk", flat=True)))
        self.see_through("check", batch)
        planned = ImportRow.objects.filter(batch=batch, plan=Plan.NEW).order_by("number")
        assert asked(lambda: list(planned.values_list("number", flat=True))) == list(range(2, ROWS + 2))
        assert register() == self.before

        self.press("commit", lambda: self.clerk.post(f"/imports/{batch}/commit/", {"how": "some"}))
        self.see_through("commit", batch)
        event = asked(lambda: ImportBatch.objects.get(pk=batch)).committed_event_id
        written = History.objects.filter(event_id=event or 0, table_name="members_person")
        assert asked(written.count) == ROWS
        assert events("imports.commit", batch) == 1
        self.after = self.after or register()
        assert register() == self.after and len(self.after[0]) == len(self.before[0]) + ROWS

        self.press("undo", lambda: self.clerk.post(f"/imports/{batch}/undo/", {}))
        self.see_through("undo", batch)
        assert events("imports.undo", batch) == 1 and register() == self.before
        assert asked(lambda: ImportBatch.objects.get(pk=batch).kept) == []
        self.imports += 1

    def assert_nothing_is_left(self) -> None:
        """No job waits, and after the nightly clearing no uploaded file lies about."""
        unfinished = Job.objects.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING))
        assert asked(unfinished.count) == 0
        remove_finished_files()
        remove_orphans(timezone.now() + timedelta(days=2))
        assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []

    def press(self, stage: str, send: Callable[[], Any], is_done: Callable[[], bool] = lambda: False) -> None:
        """Send what a button sends, with the web server killed while it works; press again until it is well.

        The worker is held meanwhile, so that none of its job is over before the harm begins.
        """
        self.portal.hold_worker()
        for _ in range(self.chance.randint(1, HARMS_TO_ONE_JOB) if self.imports else 0):
            if self.left["web"] and not is_done():
                self.strike_web(stage, send)
        begun = time.monotonic()
        if not is_done():
            assert wait_until(lambda: is_done() or _is_well(send), LONGEST, 0.2)
        self.typical.setdefault(("web", stage), time.monotonic() - begun)

    def strike_web(self, stage: str, send: Callable[[], Any]) -> None:
        request = threading.Thread(target=_is_well, args=[send])
        request.start()
        time.sleep(self.chance.uniform(0, self.typical["web", stage]))
        if request.is_alive():
            self.portal.kill_web()
            self.count("web", stage)
        request.join()

    def count(self, part: str, stage: str) -> None:
        self.struck[part, stage] += 1
        self.left[part] -= 1

    def see_through(self, stage: str, batch: int) -> None:
        """Every job of the batch to its good end, harmed at random moments on the way."""
        mine = Job.objects.filter(kind=f"imports.{stage}", arguments__batch=batch)
        assert asked(mine.exists)
        self.portal.release_worker()
        working = mine.filter(state=Job.State.RUNNING)
        self.wait(lambda: asked(working.exists) or is_over(mine))
        begun = time.monotonic()
        for part in self.harms():
            self.tend()
            at_work = mine.filter(state=Job.State.RUNNING, lease_until__gte=timezone.now())
            self.wait(lambda at_work=at_work: asked(at_work.exists) or is_over(mine))  # type: ignore[misc]
            time.sleep(self.chance.uniform(0, self.typical["job", stage]))
            if asked(working.exists):
                getattr(self.portal, f"kill_{part}")()
                self.count(part, stage)
        self.wait(lambda: is_over(mine))
        self.typical.setdefault(("job", stage), time.monotonic() - begun)
        assert set(asked(lambda: list(mine.values_list("state", flat=True)))) == {Job.State.SUCCEEDED}

    def harms(self) -> Iterable[str]:
        """What is to happen to the next job; nothing while the first import shows how long things take."""
        if not self.imports:
            return []
        parts = [
            part for part in PARTS if part != "web" for _ in range(min(self.left[part], HARMS_TO_ONE_JOB))
        ]
        self.chance.shuffle(parts)
        return parts[:HARMS_TO_ONE_JOB]

    def wait(self, condition: Callable[[], bool]) -> None:
        def is_met() -> bool:
            self.tend()
            return condition()

        assert wait_until(is_met, LONGEST, 0.01), f"nothing happened any more, seed {self.seed}"

    def tend(self) -> None:
        """What supervisor and scheduler do: start what died, sweep."""
        self.portal.keep()
        if not self.lease.is_alive():
            self.lease.ensure()
        if time.monotonic() > self.swept + 1:
            self.swept = time.monotonic()
            with suppress(OperationalError, InterfaceError):
                jobs.sweep(timezone.now())


def is_over(found: Any) -> bool:
    return not asked(found.filter(state__in=(Job.State.QUEUED, Job.State.RUNNING)).exists)


def _is_well(send: Callable[[], Any]) -> bool:
    try:
        send()
    except Broken:
        return False
    return True
