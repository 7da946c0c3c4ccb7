"""Settings of the web server: the floor's view goes past all middleware."""

import os

from bench.settings import *  # noqa: F403
from config.settings import MIDDLEWARE

ROOT_URLCONF = "bench.checkin.urls"
MIDDLEWARE = [] if os.environ["BENCH_VIEW"] == "bare" else MIDDLEWARE
