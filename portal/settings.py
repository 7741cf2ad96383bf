"""All settings, read from the environment or from `.env`; `.env.example` lists every one.

Values that cannot work at all are refused here; set-ups that would do harm are system checks (checks.py).
"""

import secrets
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# In practice mode nothing leaves this machine. Real sending has to be chosen.
PRACTICE = env.bool("PRACTICE", default=True)
DEBUG = env.bool("DEBUG", default=False)

# The database, files and the broker's log of a one-machine set-up.
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)


def practice_secret() -> str:
    """A secret key of this machine's own, made once. Real sending demands one from the environment."""
    path = DATA_DIR / "secret_key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="") or (practice_secret() if PRACTICE else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Where the portal is reached.
WEB_PORT = env.int("WEB_PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{WEB_PORT}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "portal.logged_out.csrf_failure"
HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "portal",
    "distribution",
    "documents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.tokens_only",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.bounded_bodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.logged_out.LoggedOutMiddleware",
    "portal.middleware.current_company",
    "portal.middleware.own_language_and_time",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.portal",
            ]
        },
    }
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# The database is the queue and the history.
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'jakelu.sqlite3'}")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # IMMEDIATE, because a transaction that begins by reading cannot wait for its turn to write.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Celery says only when. Its messages are hints, so no result is kept and nothing is retried.
REDIS_URL = env.str("REDIS_URL", default="")
BROKER_PORT = env.int("BROKER_PORT", default=6390)  # of the broker that `manage.py run` starts itself
CELERY_BROKER_URL = REDIS_URL or f"redis://127.0.0.1:{BROKER_PORT}/0"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ROUTES = {"documents.tasks.sweep": {"queue": "mail"}}
CELERY_TASK_DEFAULT_QUEUE = "other"
# Without it Celery closes the database connection around every task (11 ms of PostgreSQL's time).
CELERY_DB_REUSE_MAX = 1000
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A hint must never hold up the page that gives it.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    # Else the message of a killed worker comes back only after some 95 s.
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = "UTC"
# How often due mail is looked for when no hint came, in seconds.
SWEEP_EVERY = env.float("SWEEP_EVERY", default=5.0)

# Mail out. The relay queues to the world; we hand over to it.
SENDER_ADDRESS = env.str("SENDER_ADDRESS", default="no-reply@jakelu.example")
BOUNCE_DOMAIN = env.str("BOUNCE_DOMAIN", default="bounces.jakelu.example")
EMAIL_HOST = env.str("EMAIL_HOST", default="127.0.0.1" if PRACTICE else "")
EMAIL_PORT = env.int("EMAIL_PORT", default=2525 if PRACTICE else 25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=60)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = SENDER_ADDRESS

# Temporary answers of the receiving side: tried again after so many minutes, given up after so many hours.
RETRY_AFTER = [
    timedelta(minutes=m) for m in env.list("RETRY_AFTER", cast=float, default=[5, 15, 30, 60, 120, 240, 480])
]
GIVE_UP_AFTER = timedelta(hours=env.float("GIVE_UP_AFTER", default=24))
# Our own trouble (relay unreachable, log-in refused): tried again for as long as it lasts.
OUR_RETRY_AFTER = [timedelta(minutes=m) for m in env.list("OUR_RETRY_AFTER", cast=float, default=[1, 5, 15])]
# Failed deliveries block an address only when they are spread over so many hours.
BLOCK_SPAN_HOURS = env.float("BLOCK_SPAN_HOURS", default=0 if PRACTICE else 24)

# Mail back: the bounce receiver's own address, and the secret of POST /hooks/bounces/.
BOUNCE_HOST = env.str("BOUNCE_HOST", default="127.0.0.1")
BOUNCE_PORT = env.int("BOUNCE_PORT", default=2526)
BOUNCE_HOOK_SECRET = env.str("BOUNCE_HOOK_SECRET", default="")
# Relays may send any number of reports; for everybody else there are limits by address.
BOUNCE_RELAYS = [ip_network(text) for text in env.list("BOUNCE_RELAYS", default=["127.0.0.0/8", "::1/128"])]
BOUNCE_CONNECTIONS = env.int("BOUNCE_CONNECTIONS", default=20)
BOUNCE_MAILS_A_MINUTE = env.int("BOUNCE_MAILS_A_MINUTE", default=300)
# A mailbox that reports come to, where no mail can be led here: imaps://user:password@host/INBOX.
IMAP_URL = env.str("IMAP_URL", default="")
# The webhooks of mail providers, by name: the secret each of them signs with, or its user:password.
WEBHOOK_SECRETS = {
    name.strip(): secret.strip()
    for name, _is, secret in (pair.partition("=") for pair in env.list("WEBHOOK_SECRETS", default=[]))
}
# The provider whose own list of blocked addresses follows ours.
PROVIDER = env.str("PROVIDER", default="")
PROVIDER_KEY = env.str("PROVIDER_KEY", default="")
PROVIDER_KEY_ID = env.str("PROVIDER_KEY_ID", default="")
PROVIDER_SCOPE = env.str("PROVIDER_SCOPE", default="")
PROVIDER_URL = env.str("PROVIDER_URL", default="")

# What each token of the API may do; more is answered with "wait".
API_CALLS_A_MINUTE = env.int("API_CALLS_A_MINUTE", default=600)

# How many days a link works that is mailed in the place of a file.
LINK_DAYS = env.int("LINK_DAYS", default=30)

# Documents in.
MAX_UPLOAD_MB = env.int("MAX_UPLOAD_MB", default=25)
MAX_BATCH_MB = env.int("MAX_BATCH_MB", default=1000)
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "files")))
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# People.
AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portal.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited, they do not sign up
# Else strangers could make us write to anybody: "you have no account here".
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Log-ins are limited by client: behind a proxy the client is the one that it names, else all are one.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0)
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "UserAttributeSimilarityValidator")
]

# Words, numbers and times.
LANGUAGE_CODE = "en"
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
FORMAT_MODULE_PATH = "portal.formats"
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Helsinki")

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "portal" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "portal.logs.LineFormatter",
            "fmt": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Our SMTP servers would log every command, and what is none: with addresses.
        "mail.log": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},  # it would log addresses, too
        "flufl.bounce": {"level": "CRITICAL"},  # it tells of each of its readers, failed ones included
        "pypdf": {"level": "ERROR"},  # it warns of every oddity of a file
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
