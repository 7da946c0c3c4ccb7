"""Settings of the portal. Everything that differs between places comes from the environment.

`PORTAL_MODE` is `production` or `demo`; without it, a portal that was given `PORTAL_SECRET_KEY` is in
production and any other is a demonstration. `DATABASE_URL` and `REDIS_URL` are set by `manage.py` and the
supervisor when the portal starts its own servers. See docs/operations.md.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF

from config.engines import REPOSITORY, data_directory, portal_mode
from config.keys import KeyRefused, Keys, from_directory, from_environment

env = environ.Env()

# --- mode and secrets
BASE_DIR = REPOSITORY
DATA_DIR = data_directory()
PORTAL_MODE = portal_mode()
if PORTAL_MODE not in {"demo", "production"}:
    sys.exit("PORTAL_MODE 只能是 demo（演示）或 production（正式）。")
DEMO_MODE = PORTAL_MODE == "demo"
PRODUCTION = not DEMO_MODE


def _keys() -> Keys:
    try:
        return from_directory(DATA_DIR) if DEMO_MODE else from_environment()
    except KeyRefused as refusal:
        sys.exit(str(refusal))
    except OSError as error:
        sys.exit(f"无法使用数据目录 {DATA_DIR}：{error.strerror}。")


_KEYS = _keys()
SECRET_KEY = _KEYS.secret_key
FIELD_KEYS: dict[int, bytes] = _KEYS.field_keys
FIELD_KEY_CURRENT: int = _KEYS.current
INDEX_KEY: bytes = _KEYS.index_key
# One password of all demonstration accounts; sign-in accepts it only while DEMO_MODE is true.
DEMO_PASSWORD = "Gongtong-2023"

DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("PORTAL_ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("PORTAL_CSRF_TRUSTED_ORIGINS", default=[])
if DEMO_MODE:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]
elif not ALLOWED_HOSTS:
    sys.exit("正式环境必须用 PORTAL_ALLOWED_HOSTS 写明门户的域名，见 docs/operations.md。")
elif not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    sys.exit("正式环境必须用 DATABASE_URL 和 REDIS_URL 写明数据库和消息队列的地址，见 docs/operations.md。")

# How many proxies of our own stand before the portal and write X-Forwarded-For.
TRUSTED_PROXIES: int = env.int("PORTAL_TRUSTED_PROXIES", default=0)
TRUSTED_PROXIES_SET = "PORTAL_TRUSTED_PROXIES" in os.environ

# --- applications
INSTALLED_APPS = [
    "config",
    "metrics",
    "funding",
    "cases",
    "members",
    "unions",
    "core",
    "core.adminsite.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "django_filters",
    "import_export",
    "csp",
]
AUTH_USER_MODEL = "unions.Account"
UNION_MODEL = "unions.Union"
DIVISION_MODEL = "unions.AdministrativeDivision"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.requests.NoStoreMiddleware",
    "core.requests.BodyLimitMiddleware",
    "core.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "core.sessions.AuthenticationMiddleware",
    "core.sessions.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.requests.PolicyMiddleware",
    "core.sessions.SessionAgeMiddleware",
    "core.scope.ScopeMiddleware",
]
# A page that asks more of the database than this is given up with a sentence; 0 sets no limit.
WEB_STATEMENT_SECONDS: int = env.int("PORTAL_STATEMENT_SECONDS", default=30)
# Answered without a transaction, so that they can say that the database is away.
UNSCOPED_PATHS = frozenset({"/healthz"})
# Nobody signs in there: they have no session, and their views open the scope, since a worker's tap needs no
# transaction around it (docs/adr/0008-tap.md).
NOBODYS_PATHS = ("/d/",)
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.screens.navigation.navigation",
                "core.manual.manual_link",
            ],
        },
    }
]

# Widgets of our own are templates beside all others.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- language and time
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# --- database, cache, broker. The addresses here are placeholders for commands that need no server.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres://portal_app@127.0.0.1:9/portal"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
_REDIS = urlsplit(os.environ.get("REDIS_URL") or "redis://127.0.0.1:9")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": _REDIS._replace(path="/1").geturl(),
        "KEY_PREFIX": "portal",
    },
    # Parts of pages, in the memory of the process that built them: figures go nowhere else.
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "TIMEOUT": 600,
        "OPTIONS": {"MAX_ENTRIES": 100},
    },
}
CELERY_BROKER_URL = _REDIS._replace(path="/0").geturl()
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A task whose broker went away would be delivered a second time: stop the first.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
# Sending must fail at once while the broker is away: the job row is there, the sweeper sends it again.
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_connect_timeout": 1,
    "max_retries": 0,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # A tick that waited longer than its period is of no use.
    "sweep-jobs": {"task": "core.tasks.sweep_jobs", "schedule": 15.0, "options": {"expires": 15}},
    "clear-imports": {"task": "core.tasks.clear_imports", "schedule": crontab(hour=3, minute=30)},
    "compute-running-quarter": {
        "task": "metrics.tasks.compute_running_quarter",
        "schedule": crontab(hour=2, minute=0),
    },
}

# --- files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
# Above the largest table that may be imported; whatever is larger is refused unread.
LARGEST_REQUEST = 210 * 1024 * 1024
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- sign-in
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A session ends so long after sign-in, and so long after its last request.
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS = 8 * 60 * 60
SESSION_IDLE_SECONDS = 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION

# --- transport and browser
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    # TLS ends at a proxy that sets this header and drops it from clients.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- declarations
RESOURCES = (
    "unions.resources.UNIONS",
    "unions.resources.EMPLOYERS",
    "unions.resources.DEMOCRATIC_SYSTEMS",
    "members.resources.MEMBERS",
    "members.resources.TRANSFERS",
    "cases.resources.PROGRAMMES",
    "cases.resources.PROJECTS",
    "cases.project_resources.MILESTONES",
    "cases.project_resources.PROGRESS_REPORTS",
    "cases.project_resources.EQUIPMENT",
    "cases.project_resources.ACCEPTANCES",
    "cases.project_resources.VENUE_CHECKS",
    "cases.project_resources.PROJECT_PHOTOS",
    "cases.project_resources.VISITS",
    "cases.shops.SHOPS",
    "cases.rosters.ENROLMENTS",
    "cases.rosters.MEALS",
    "cases.checkin.screens.DEVICES",
    "cases.checkin.screens.CARDS",
    "cases.checkin.screens.REJECTED_SCANS",
    "cases.checkin.screens.ANOMALIES",
    "funding.resources.FUNDING_LINES",
    "funding.resources.FUNDING_SOURCES",
    "funding.match_resources.MATCH_REQUIREMENTS",
    "funding.subsidy_resources.COUNTY_TIERS",
    "funding.subsidy_resources.SUBSIDY_STANDARDS",
    "funding.subsidy_resources.SUBSIDY_GRANTS",
    "funding.subsidy_resources.SUBSIDY_ENTRIES",
    "funding.subsidy_resources.FUNDING_TARGETS",
    "funding.sharing.resources.COST_SHARE_RULES",
    "funding.contract_resources.PROJECT_CONTRACTS",
    "funding.contract_resources.CONTRACT_SUPPLEMENTS",
    "funding.contract_resources.CONTRACT_PAYMENTS",
    "metrics.resources.FINDINGS",
    "metrics.resources.DECLARED_FIGURES",
    "metrics.resources.TARGETS",
    "funding.settlement.resources.SETTLEMENTS",
    "funding.settlement.resources.SETTLEMENT_LINES",
    "funding.settlement.resources.SETTLEMENT_EXCEPTIONS",
    "funding.settlement.resources.SHOP_STATEMENTS",
    "core.audit.AUDIT_EVENTS",
)
# Kind of job → its handler.
JOB_HANDLERS: dict[str, str] = {
    "imports.check": "core.imports.jobs.check",
    "imports.commit": "core.imports.jobs.commit",
    "imports.undo": "core.imports.jobs.undo",
    "imports.fill": "core.imports.jobs.fill",
    "imports.recheck": "core.imports.jobs.recheck",
    "imports.decide": "core.imports.jobs.decide",
    "imports.sort": "core.imports.sorting.sort",
    "metrics.compute": "metrics.jobs.compute",
}
# Kind of job → who is told that it was given up, in the same transaction.
JOB_GIVEN_UP: dict[str, str] = {"metrics.compute": "metrics.jobs.give_up"}
# Label, url name, icon, right.
NAVIGATION: tuple[tuple[str, str, str, str | None], ...] = (
    ("首页", "home", "home", None),
    ("数据看板", "dashboard", "chart-bar", None),
    ("工会组织", "unions-list", "sitemap", None),
    ("用人单位", "employers-list", "building", None),
    ("会员", "members-list", "users", None),
    ("服务项目", "programmes-list", "heart-handshake", None),
    ("建设项目", "projects-list", "building-community", None),
    ("资金", "funding_lines-list", "wallet", None),
    ("导入", "imports-list", "table-import", "import"),
    ("待核", "findings-list", "checklist", None),
    ("管理后台", "admin:index", "settings", "manage_accounts"),
)
# Page of docs/ → where the addresses begin that it speaks of. The first one that fits is offered there.
MANUAL: dict[str, tuple[str, ...]] = {
    "imports": ("/imports/",),
    "members": (
        "/unions/",
        "/employers/",
        "/democratic_systems/",
        "/members/",
        "/transfers/",
        "/audit_events/",
    ),
    "checkin": ("/devices/", "/meal_cards/", "/rejected_scans/", "/scan_anomalies/"),
    "breakfast": (
        "/programmes/",
        "/shops/",
        "/enrolments/",
        "/meals/",
        "/settlement",
        "/shop_statements/",
        "/cost_share_rules/",
    ),
    "projects": (
        "/projects/",
        "/milestones/",
        "/progress_reports/",
        "/equipment/",
        "/acceptances/",
        "/venue_checks/",
        "/visits/",
        "/project_",
        "/contract_",
    ),
    "funding": (
        "/funding_",
        "/money/",
        "/donors/",
        "/subsidy_",
        "/county_tiers/",
        "/match_requirements/",
        "/findings/",
    ),
    "indicators": ("/dashboard/", "/figures/", "/runs/", "/targets/", "/declared_figures/"),
    "glossary": (),
}

# --- interface for programs
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "core.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "core.api.schema.PublishedSchema",
    "EXCEPTION_HANDLER": "core.api.errors.answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "县工通接口",
    "DESCRIPTION": "与页面同一套数据、同一套权限。",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
    "POSTPROCESSING_HOOKS": ["core.api.schema.without_docstrings"],
}

# A cell that a spreadsheet would take for a formula is written as text.
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# --- log: one line per event to standard error
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.logs.OneLineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
