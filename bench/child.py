"""A measured process: `python -m bench.child MODULE JSON` calls the module's `run(**arguments)`.

Django is set up before the clock starts. The last line of standard output is what `run` returned, with the
memory of this process and of the largest process it started.
"""

import json
import os
import resource
import sys
from importlib import import_module


def peak_mb() -> float:
    """Highest resident memory of this process plus that of its largest child, in MB."""
    kilobytes = sum(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return round(kilobytes / 1024, 1)


def main() -> None:
    """Run one variant."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    answer = import_module(sys.argv[1]).run(**json.loads(sys.argv[2]))
    print(json.dumps({**(answer or {}), "peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
