"""Kill every part of the portal at random moments of imports: an engine room of its own, then the siege.

`python -m tests.faults.drill --moments 100 --write docs/faults.md` is the long run; the tests run a short one.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.engines import OWNER, Lease


@contextmanager
def engine_room() -> Iterator[tuple[Path, Lease]]:
    """Database and broker as `make run` keeps them, in a folder that is gone afterwards."""
    data = Path(tempfile.mkdtemp(prefix="portal-drill-"))
    data.chmod(0o711)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    os.environ |= {"PORTAL_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}
    lease = Lease(data)
    try:
        os.environ |= lease.environment(OWNER)
        yield data, lease
    except BaseException:
        for log in (data / "drill.log", data / "keeper.log", *data.glob("engines/*.log")):
            if log.exists():
                print(f"{log.name}:\n{log.read_text(errors='replace')[-5_000:]}", file=sys.stderr)
        raise
    finally:
        lease.close()
        shutil.rmtree(data, ignore_errors=True)


def drill(moments: int, seed: int, minutes: float) -> dict[str, Any]:
    """What was struck, how often, at which stage; raises where an import ended otherwise than in peace."""
    with engine_room() as (data, lease):
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        from tests.faults.siege import Siege

        return Siege(data, lease, moments, seed, minutes).run()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--moments", type=int, default=10, help="moments for each part")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no import after that")
    parser.add_argument("--write", type=Path, help="write the result as a page")
    given = parser.parse_args()
    result = drill(given.moments, given.seed, given.minutes)
    if given.write:
        from tests.faults.page import page

        given.write.write_text(page(result))
    print(json.dumps(result, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
