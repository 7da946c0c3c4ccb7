"""What the web server runs."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# Loaded once for all worker processes, and out of the garbage collector's sight, as it stays until the end.
import_module(settings.ROOT_URLCONF)
gc.freeze()
