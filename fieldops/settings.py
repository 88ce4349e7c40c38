"""Settings, read from the environment and a `.env`; each is listed once in docs/settings.md."""

from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF

from fieldops.lib import without_gdal
from fieldops.lib.keys import load_or_make_secret
from fieldops.places.tiles import tile_layers, tile_sources

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env("FIELDOPS_DATA_DIR", default=str(BASE_DIR / "var")))
DEMO = env.bool("FIELDOPS_DEMO", default=False)
# What `serve` prints in demo mode: called with the address, returns text (serving must not import the demo).
DEMO_GREETING = "fieldops.demo.greeting.greeting"
DEBUG = env.bool("FIELDOPS_DEBUG", default=False)
BIND = env("FIELDOPS_BIND", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
TLS = env.bool("FIELDOPS_TLS", default=False)

SECRET_KEY = env("FIELDOPS_SECRET_KEY", default="") or load_or_make_secret(DATA_DIR, "session")
DATA_KEYS_DIR = DATA_DIR / "keys"

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", ".localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

without_gdal.install()

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "axes",
    "csp",
    "leaflet",
    "djgeojson",
    "django_prometheus",
    "fieldops.audit",
    "fieldops.feed",
    "fieldops.timers",
    "fieldops.teams",
    "fieldops.playbook",
    "fieldops.places",
    "fieldops.cases",
    "fieldops.intake",
    "fieldops.dispatch",
    "fieldops.outcomes",
    "fieldops.sync",
    "fieldops.handover",
    "fieldops.stats",
    "fieldops.desk",
    "fieldops.serving",
    "fieldops.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "fieldops.lib.middleware.PlainTextGuard",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "fieldops.teams.middleware.ActiveUser",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "fieldops.urls"
WSGI_APPLICATION = "fieldops.wsgi.application"
ASGI_APPLICATION = "fieldops.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "fieldops.desk.context.page",
            ],
        },
    },
]

# Databases: SQLite by default; `DATABASE_URL=postgres://…` for a server.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'fieldops.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
    DATABASES["default"]["CONN_MAX_AGE"] = None  # a bounded pool of threads keeps its few connections
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"].update(
        {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 2, "max_size": 16, "timeout": 10}}}
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="")
CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}

AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"}]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "fieldops.teams.accounts.ClosedAccounts"
# One limit decides who is locked out (axes, below); allauth's own would answer with another shape.
ACCOUNT_RATE_LIMITS: dict[str, str] = {"login": "1000/m/ip", "login_failed": "1000/m/ip"}
HEADLESS_CLIENTS = ("browser",)
HEADLESS_ONLY = True
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "fieldops.teams.accounts.name_tried"
AXES_LOCKOUT_CALLABLE = "fieldops.teams.accounts.locked_out"
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_VERBOSE = False
# X-Forwarded-For is believed only as far as the operator's own proxies reach.
AXES_IPWARE_PROXY_COUNT = env.int("FIELDOPS_PROXIES", default=0)

SESSION_COOKIE_AGE = 60 * 60 * 26  # one 24 h shift and the handover
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
CSRF_FAILURE_VIEW = "fieldops.teams.accounts.csrf_failed"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# The operator's map tiles; without them our own schematic drawing is the ground and nothing is fetched.
TILES_URL = env("FIELDOPS_TILES_URL", default="")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        # Leaflet positions its panes through element.style; only attributes are allowed, never <style>.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:", *tile_sources(TILES_URL)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["fieldops.teams.accounts.SessionAuth"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["fieldops.lib.parsers.GuardedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "fieldops.lib.errors.problem_response",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Fieldops",
    "DESCRIPTION": "Alerts in, crews out, outcomes counted.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    # The docs page brings its own scripts: nothing is fetched from elsewhere.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "VictimStateEnum": "fieldops.cases.models.VictimState",
        "LevelEnum": "fieldops.cases.models.Level",
    },
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "fieldops" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # WhiteNoise warns at every start where it is missing
FRONTEND_DIST = Path(env("FIELDOPS_PHONE_DIST", default=str(BASE_DIR / "frontend" / "dist")))
STATICFILES_DIRS = [("m", FRONTEND_DIST)] if FRONTEND_DIST.is_dir() else []
WHITENOISE_USE_FINDERS = True
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
WHITENOISE_IMMUTABLE_FILE_TEST = r"^.+[.-][0-9a-zA-Z_-]{8,12}\..+$"

LEAFLET_CONFIG = {
    "TILES": tile_layers(
        TILES_URL,
        env("FIELDOPS_TILES_ATTRIBUTION", default=""),
        env("FIELDOPS_TILES_CRS", default="wgs84"),
        env("FIELDOPS_TILES_SUBDOMAINS", default="abc"),
    ),
    "DEFAULT_CENTER": (29.703, 107.39),
    "DEFAULT_ZOOM": 12,
    "MIN_ZOOM": 8,
    "MAX_ZOOM": 18,
    "RESET_VIEW": False,
    "ATTRIBUTION_PREFIX": "",
    "FORCE_IMAGE_PATH": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("FIELDOPS_LOG", default="INFO")},
    "loggers": {
        "axes": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # At INFO it writes whole addresses, and a gateway's address may hold its secret.
        "httpx": {"level": "WARNING"},
    },
}

# Request pool and limits (measured: Django's WSGI handler in an 8-thread pool beside async sockets).
REQUEST_THREADS = env.int("FIELDOPS_REQUEST_THREADS", default=8)
BODY_LIMIT_BYTES = env.int("FIELDOPS_BODY_LIMIT", default=12 * 1024 * 1024)
SLOW_CLIENT_S = env.int("FIELDOPS_SLOW_CLIENT_S", default=20)

# What a timer of each kind does when due; an unknown kind is a dead letter.
TIMER_HANDLERS = {
    "cases.notice_silent": "fieldops.cases.handlers.notice_silent",
    "cases.call_forgotten": "fieldops.cases.handlers.call_forgotten",
    "cases.let_go": "fieldops.cases.handlers.let_go_of_closed",
    "dispatch.ladder_step": "fieldops.dispatch.handlers.ladder_step",
    "dispatch.set_out_late": "fieldops.dispatch.handlers.set_out_late",
    "dispatch.arrive_late": "fieldops.dispatch.handlers.arrive_late",
    "dispatch.stand_down_late": "fieldops.dispatch.handlers.stand_down_late",
    "dispatch.check_in": "fieldops.dispatch.handlers.check_in_due",
    "dispatch.planned_offer": "fieldops.dispatch.handlers.planned_offer_due",
    "dispatch.case_closed": "fieldops.dispatch.handlers.case_closed",
    "dispatch.line_up": "fieldops.dispatch.handlers.line_up_due",
    "dispatch.ring": "fieldops.dispatch.ring_calls.ring_due",
    "outcomes.follow_up": "fieldops.outcomes.handlers.follow_up_due",
    "outcomes.photo_missing": "fieldops.outcomes.handlers.photo_missing",
    "sync.deferred": "fieldops.sync.handlers.deferred_due",
    "handover.crew_changed": "fieldops.handover.handlers.crew_changed",
    "teams.roster_daily": "fieldops.teams.roster.handlers.roster_daily",
}
# What the timers' thread does besides, and how often in seconds.
TIMER_PASSES = {
    "fieldops.audit.actions.seal_settled": 5,
    "fieldops.feed.retention.prune": 3600,
    "fieldops.feed.restored.keep_mark": 30,
    "fieldops.timers.auditor.raise_late_timers": 30,
    "fieldops.dispatch.actions.asleep.find_sleeping_desks": 5,
    "fieldops.dispatch.actions.auto.find_cases_to_send": 2,
    "fieldops.sync.handlers.forget_old_parts": 3600,
    "fieldops.sync.handlers.forget_positions": 300,
    "fieldops.sync.handlers.find_silent_devices": 3,
    "fieldops.dispatch.ring.ring_silent_phones": 2,
    "fieldops.stats.handlers.store_days_over": 300,
    "fieldops.handover.handlers.find_unsigned": 60,
    "fieldops.dispatch.fitting.fit_due": 3600,
}
TIMER_LATE_S = 300
TIMER_ATTEMPTS = 10
TIMER_LEASE_S = env.int("FIELDOPS_TIMER_LEASE_S", default=30)
AUDITOR_HEARTBEAT_URL = env("FIELDOPS_HEARTBEAT_URL", default="")

# Starting values of the rules; a centre may differ (docs/settings.md).
FEED_WINDOW_S = 300
FEED_RETENTION_EVENTS = 5000
FEED_RETENTION_DAYS = 14
LEVEL_TARGETS_S = {
    "critical": {"first_call": 5 * 60, "visit": 60 * 60},
    "high": {"first_call": 15 * 60, "visit": 24 * 3600},
    "medium": {"first_call": 2 * 3600, "visit": 24 * 3600},
    "low": {"first_call": 24 * 3600, "visit": 24 * 3600},
}
# What silence does, per level: seconds after the offer, frozen on it. More urgent, more impatient.
_LADDER_S = {
    "critical": (20, 45, 90, 150),
    "high": (30, 60, 120, 210),
    "medium": (45, 120, 240, 420),
    "low": (45, 120, 240, 420),
}
LADDER_S = {
    level: env.json(
        f"FIELDOPS_LADDER_{level.upper()}",
        default=[
            {"after_s": after_s, "do": do}
            for after_s, do in zip(seconds, ("ring", "next_crew", "supervisor", "expire"), strict=True)
        ],
    )
    for level, seconds in _LADDER_S.items()
}
ARRIVE_TARGET_S = 1800
# What follows a promise of the crew that is not kept; `arrive` counts from its promised moment: the larger
# of ARRIVE_TARGET_S and twice the estimate.
_PROMISES = {
    "set_out": [(90, "remind"), (150, "ring"), (180, "alarm"), (300, "next_crew"), (900, "forgotten")],
    "arrive": [(0, "remind"), (60, "ring"), (120, "alarm"), (300, "next_crew"), (1800, "forgotten")],
    "check_in": [(1200, "ask"), (1260, "ring"), (1320, "alarm"), (1440, "again")],
    "stand_down": [(30, "ring"), (60, "alarm"), (240, "again")],
}
PROMISES_S = {
    level: {
        promise: [{"after_s": after_s, "do": do} for after_s, do in steps]
        for promise, steps in _PROMISES.items()
    }
    | env.json(f"FIELDOPS_PROMISES_{level.upper()}", default={})
    for level in LEVEL_TARGETS_S
}
# Offers that send themselves, per level: manual; ask, with a countdown that sends unless held; auto, at once.
AUTO_OFFER = {
    level: {
        "mode": env(f"FIELDOPS_AUTO_{level.upper()}", default="ask" if level == "critical" else "manual"),
        "after_s": env.int("FIELDOPS_AUTO_ASK_S", default=60),
    }
    for level in LEVEL_TARGETS_S
}
AUTO_BURST, AUTO_BURST_S = 5, 300  # so many new cases in so short a time are a person's to sort
# Nobody acknowledged an alarm or touched a key for so long, or let one stand so long: the owner is rung.
DESK_ASLEEP_S = env.int("FIELDOPS_DESK_ASLEEP_S", default=60)
DESK_IGNORED_S = env.int("FIELDOPS_DESK_IGNORED_S", default=300)
NOTICE_SILENT_S = 180
CALL_FORGOTTEN_S = 45 * 60
REPORT_GRACE_S = 3600
WHEREABOUTS_GOOD_S = 30 * 60
# How long a visit takes until a centre's own tell (assumed).
VISIT_USUAL_S = 25 * 60
# Trainings a scam type (or its family, `SD` of `SD-01`) or a level asks of a crew, as in Team.skills.
SKILLS_NEEDED: dict[str, list[str]] = env.json("FIELDOPS_SKILLS_NEEDED", default={})
FAR_ARRIVAL_M = 300
SYNC_BATCH_COMMANDS = 50
SYNC_BATCH_BYTES = 256 * 1024
SYNC_DEFER_S = 24 * 3600
INGEST_TOKEN_S = 3600
# Two beats of a phone (15 s apart) may be lost; with the pass below a dead one shows within 45 s.
HEARTBEAT_S = env.float("FIELDOPS_HEARTBEAT_S", default=15)
HEARTBEAT_LOST_S = env.float("FIELDOPS_HEARTBEAT_LOST_S", default=38)

# Ringing outside the app (docs/ring.md): a gateway for voice or messages; without one the desk rings by hand.
# A service that knows how long the roads take (docs/settings.md); none: estimated from the straight line.
TRAVEL_URL = env("FIELDOPS_TRAVEL_URL", default="")
RING_URL = env("FIELDOPS_RING_URL", default="")
RING_SECRET = env("FIELDOPS_RING_SECRET", default="")
RING_ADAPTER = "http" if RING_URL else "log"
RING_KIND = env("FIELDOPS_RING_KIND", default="voice")
RING_LANG = env("FIELDOPS_RING_LANG", default="zh-hans")
# Where the gateway reports back: this installation's own address as the gateway reaches it.
RING_CALLBACK_BASE = env("FIELDOPS_RING_CALLBACK", default="").rstrip("/")
RING_TIMEOUT_S = env.float("FIELDOPS_RING_TIMEOUT_S", default=5)
# Web Push, an extra that carries no content; only these hosts (`*.` for their subdomains) are ever called.
PUSH = env.bool("FIELDOPS_PUSH", default=False)
PUSH_CONTACT = env("FIELDOPS_PUSH_CONTACT", default="")
PUSH_HOSTS = env.list(
    "FIELDOPS_PUSH_HOSTS",
    default=[
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "web.push.apple.com",
        "*.notify.windows.com",
    ],
)
PUSH_LOCAL = False  # tests: a push service on this machine, without TLS
RING_TRIES = 5
RING_BACK_OFF_S = (1, 2, 4, 8)
RING_LEASE_S = 15
RING_ANSWER_S = env.float("FIELDOPS_RING_ANSWER_S", default=60)
RING_AGAIN_S = 60
# The roster: rest between two turns and hours of a week that pass only with a supervisor's reason; how far
# gaps are looked for and turns planned ahead; crews that must be on at any time.
# The demo town's few people are always on duty, so that there is somebody to send at any hour.
ROSTER_MIN_REST_H = env.float("FIELDOPS_ROSTER_MIN_REST_H", default=0 if DEMO else 12)
ROSTER_WEEK_HOURS = env.float("FIELDOPS_ROSTER_WEEK_HOURS", default=72)
ROSTER_GAP_DAYS = 14
ROSTER_PLAN_DAYS = 28
ROSTER_MIN_CREWS = env.int("FIELDOPS_ROSTER_MIN_CREWS", default=2)
DAY_CUTOFF = env("FIELDOPS_DAY_CUTOFF", default="00:00")
# One change, all or nothing: on SQLite it holds the only write lock, so the file must stay small.
IMPORT_MAX_ROWS = 1000 if DATABASES["default"]["ENGINE"].endswith("sqlite3") else 10000
IMPORT_MAX_BYTES = 10 * 1024 * 1024
