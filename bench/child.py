"""A measured process: `python -m bench.child MODULE JSON` calls the module's `run(**arguments)`.

Django is set up before the clock starts. The last line of standard output is what `run` returned, with the
highest memory of this process.
"""

import json
import os
import resource
import sys
from importlib import import_module


def main() -> None:
    """Run one variant."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    answer = import_module(sys.argv[1]).run(**json.loads(sys.argv[2]))
    own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**answer, "own_mb": own_mb}))


if __name__ == "__main__":
    main()
