"""Worker, database, broker and web server killed at random moments of imports: as if nothing had happened."""

import json
import os
import subprocess
import sys

from django.conf import settings

from tests.faults.page import page

MOMENTS = 10
LONGEST = 900


def test_imports_under_fire_end_like_those_in_peace() -> None:
    """The drill holds every step to what it must leave behind; here it is known to have struck every part."""
    command = [sys.executable, "-m", "tests.faults.drill", "--moments", str(MOMENTS)]
    command += ["--seed", seed] if (seed := os.environ.get("FAULT_SEED")) else []
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=LONGEST)
    assert done.returncode == 0, done.stderr[-10_000:]
    result = json.loads(done.stdout.splitlines()[-1])
    struck = {part: sum(stages.values()) for part, stages in result["moments"].items()}
    assert struck == {"worker": MOMENTS, "database": MOMENTS, "broker": MOMENTS, "web": MOMENTS}
    assert f"**{4 * MOMENTS} 个时刻" in page(result)
