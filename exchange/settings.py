"""Every setting of the project; whatever differs between places comes from the environment.

`.env.example` lists each variable with its meaning (a test compares the two). With DEMO=true the portal
runs on one machine with nothing else installed; otherwise it is production, and a missing variable stops
the start with its name and the remedy.
"""

import secrets
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from exchange import postgresql
from exchange.web import first_script

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
env.read_env(BASE_DIR / ".env")


def required(name: str, remedy: str) -> str:
    """The variable's value, or a start that stops and says what to do."""
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {remedy}")
    return value


def flag(name: str, default: bool) -> bool:
    """True or false; a misspelled value must not quietly turn a protection off."""
    value = env.str(name, default=str(default)).lower()
    if value not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} is {value!r}. Set it to true or false.")
    return value == "true"


def demo_secret(path: Path) -> str:
    """A key of this machine's own, made at the first start of the demo and kept beside its data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(secrets.token_urlsafe(50))
        path.chmod(0o600)
    return path.read_text()


# --- Where this runs -------------------------------------------------------------------------------
DEMO = flag("DEMO", default=False)  # /demo/, /styleguide/ and the outbox exist only here
DEBUG = flag("DEBUG", default=False)
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
if DEMO:
    SECRET_KEY = env.str("SECRET_KEY", default="") or demo_secret(DATA_DIR / "secret-key")
    ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
    SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
else:
    SECRET_KEY = required("SECRET_KEY", "Set it to at least 50 random characters and keep it out of git.")
    ALLOWED_HOSTS = required("ALLOWED_HOSTS", "Set it to the site's host names, with commas between.").split(",")
    SITE_URL = required("SITE_URL", "Set it to the site's address, such as https://exchange.example.gov.")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # old keys during a rotation

INSTALLED_APPS = [
    "exchange",
    "applications",
    "travel",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "phonenumber_field",
    "anymail",
    "django_htmx",
    "exchange.apps.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",  # its widgets, for templates/django/forms
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # for pages: 330 bytes that say nothing beside a font
    "django.middleware.gzip.GZipMiddleware",
    "exchange.web.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "exchange.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "exchange.web.middleware.SignInMiddleware",
    "exchange.web.middleware.StaffSecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "applications.apply.middleware.AttachDraftMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "exchange.web.middleware.RateLimitMiddleware",
    "exchange.web.middleware.ReadableAddressMiddleware",
]

ROOT_URLCONF = "exchange.urls"
WSGI_APPLICATION = "exchange.wsgi.application"
TEMPLATE_LOADERS = [f"django.template.loaders.{name}.Loader" for name in ("filesystem", "app_directories")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("exchange.web.folding.Loader", TEMPLATE_LOADERS)],
            "libraries": {"lucide": "exchange.web.icons"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "exchange.web.context.site",
            ],
            "builtins": ["exchange.templatetags.ui", "exchange.templatetags.tables"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data ------------------------------------------------------------------------------------------
if DEMO and not env.str("DATABASE_URL", default=""):
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "exchange.sqlite3"}
    }
else:
    database_url = required("DATABASE_URL", "Set it to postgres://user:password@host/name.")
    DATABASES = {"default": env.db_url_config(database_url)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets pages be read while one is written; IMMEDIATE takes the write lock at the start, so that two
    # writers wait for each other instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    postgresql.configure(DATABASES["default"], prepares=flag("DATABASE_PREPARES", default=True))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES: dict[str, dict[str, Any]] = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

# --- Files: private by default; nothing that a person uploaded has a public address ------------------
BUCKET = env.str("AWS_STORAGE_BUCKET_NAME", default="")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": env.str("AWS_S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("AWS_S3_REGION_NAME", default="us-west-2"),
            "default_acl": "private",
            "signature_version": "s3v4",  # newer regions take no older one
            "querystring_auth": True,
            "querystring_expire": 120,
            "file_overwrite": False,
        },
    }
    if BUCKET
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "private", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "exchange.web.static_files.OneSheetStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(DATA_DIR / "static"))
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # a form's text; files have their own limit, a Fact row
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
REQUEST_MAX_SIZE = 64 * 1024 * 1024  # bytes, with all files
FILE_UPLOAD_HANDLERS = [
    "exchange.files.uploads.NotEndlessUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

CLAMAV_ADDRESS = env.str("CLAMAV_ADDRESS", default="")  # exchange.files.antivirus; without it nothing is scanned

# --- Background work -------------------------------------------------------------------------------
BROKER_URL = (
    env.str("CELERY_BROKER_URL", default="filesystem://")
    if DEMO
    else required("CELERY_BROKER_URL", "Set it to redis://host:6379/0 or amqp://user:password@host//.")
)
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if BROKER_URL.startswith("filesystem:"):
    QUEUE_DIR = DATA_DIR / "queue"
    for folder in ("messages", "processed", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "processed"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.5,  # seconds
    }
elif BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 5}
# a page must not wait for a broker that is away: one more try at once, then beat hands the message out later
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0}
CELERY_TASK_IGNORE_RESULT = True  # results are rows
CELERY_TASK_ACKS_LATE = True  # a killed worker's task runs again; every task may run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER = False
CELERY_BEAT_SCHEDULE = {
    # a file whose task was lost, or that waits for a scanner that is away, is checked after all; unfinished ones go
    "look-after-uploads": {"task": "applications.look_after_uploads", "schedule": 120.0},
    # nobody keeps a student's papers longer than the fact upload.keep_days says; at night, it may be many
    "remove-old-uploads": {"task": "applications.remove_old_uploads", "schedule": crontab(hour=3, minute=20)},
    # a visitor's draft is kept as long as the fact draft.visitor_days says, then it goes for good; a test after a day
    "purge-abandoned-drafts": {"task": "applications.purge_abandoned_drafts", "schedule": crontab(hour=3, minute=40)},
    # what waited in a browser's session for a sign-in that never came goes with it
    "clear-sessions": {"task": "exchange.clear_sessions", "schedule": crontab(hour=3, minute=50)},
    # a message whose task was lost (a broker that was down at commit) still goes out
    "deliver-waiting-messages": {"task": "exchange.deliver_waiting_messages", "schedule": 60.0},
    # an export whose worker was killed goes on; results past the fact job.keep_days are removed
    "look-after-jobs": {"task": "exchange.look_after_jobs", "schedule": 60.0},
    # students who were told of a seat or a place on the waiting list find their passport dates soon after
    "open-passports": {"task": "travel.open_passports", "schedule": crontab(minute="*/10")},
    # a day gone by can turn a passport plan to a faster service; before the reminders, so that they name true dates
    "recompute-checklists": {"task": "travel.recompute_checklists", "schedule": crontab(hour=4, minute=10)},
    # some days before, and the day before, whenever a worker was away; places given up go to the next in line
    "remind-of-passport-days": {"task": "travel.remind_of_passport_days", "schedule": crontab(minute=25)},
    "remind-of-checklist-items": {"task": "travel.remind_due", "schedule": crontab(hour=9, minute=0)},
    # through the day: a deadline is named on the day on which it is near, whenever a worker was away
    "remind-applicants": {"task": "applications.send_reminders", "schedule": crontab(hour="9-19", minute=20)},
    # in the hours in which an advisor can call a student who has said nothing to an offer
    "look-after-offers": {"task": "applications.look_after_offers", "schedule": crontab(hour="9-17", minute=40)},
    # nobody is written to at night; a referee who has answered is not reminded
    "remind-referees": {"task": "applications.remind_referees", "schedule": crontab(hour=9, minute=0)},
    # a helper's hours are over: refused at once wherever they write; the student is told within minutes
    "end-help": {"task": "applications.end_help", "schedule": 300.0},
    # the office hears of an agreement that ends while there is time to renew it
    "remind-of-agreements": {"task": "travel.remind_of_agreements", "schedule": crontab(hour=8, minute=30)},
    # a paper whose task was lost, or that waits for a scanner that is away, is checked after all
    "look-after-agreement-files": {"task": "travel.look_after_agreement_files", "schedule": 300.0},
    # what somebody eats and needs once the group is home; of what a placement was made once its cycle is closed out
    "forget": {"task": "travel.forget", "schedule": crontab(hour=3, minute=55)},
    # a number of a travel document goes so long after the return as the fact number.keep_days says
    "purge-numbers": {"task": "travel.purge_numbers", "schedule": crontab(hour=3, minute=50)},
    # daytime, like the reminders: nobody is texted at night
    "invite-to-reflect": {"task": "travel.invite_to_reflect", "schedule": crontab(hour=10, minute=0)},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- Mail and texts --------------------------------------------------------------------------------
EMAIL_BACKEND_PATH = env.str(
    "EMAIL_BACKEND",
    default="django.core.mail.backends.filebased.EmailBackend"
    if DEMO
    else "django.core.mail.backends.smtp.EmailBackend",
)
MAILERS = {"default": {"BACKEND": EMAIL_BACKEND_PATH, "OPTIONS": {}}}
if EMAIL_BACKEND_PATH.endswith("filebased.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {"file_path": str(DATA_DIR / "outbox")}
elif EMAIL_BACKEND_PATH.endswith("smtp.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {
        "host": required("EMAIL_HOST", "Set it to your mail server, or EMAIL_BACKEND to a provider's own backend."),
        "port": env.int("EMAIL_PORT", default=587),
        "username": env.str("EMAIL_HOST_USER", default=""),
        "password": env.str("EMAIL_HOST_PASSWORD", default=""),
        "use_tls": flag("EMAIL_USE_TLS", default=True),
        "timeout": 20,
    }
ANYMAIL = env.json("ANYMAIL", default={})
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Mayor's Young Ambassadors <exchange@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# For everybody to read, on the page "Ask a person" and where something went wrong
OFFICE_EMAIL = env.str("OFFICE_EMAIL", default="exchange@example.gov" if DEMO else parseaddr(DEFAULT_FROM_EMAIL)[1])
OFFICE_PHONE = env.str("OFFICE_PHONE", default="+1 213 555 0148" if DEMO else "")
TEXT_BACKEND = env.str(
    "TEXT_BACKEND", default="exchange.messages.texts.file_backend" if DEMO else "exchange.messages.texts.sns_backend"
)
AWS_SNS_REGION_NAME = env.str("AWS_SNS_REGION_NAME", default="us-west-2")
AWS_SNS_ENDPOINT_URL = env.str("AWS_SNS_ENDPOINT_URL", default="") or None
TEXT_INBOUND_TOPIC_ARN = env.str("TEXT_INBOUND_TOPIC_ARN", default="")  # where replies to our texts are published

# --- People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "exchange.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DB_FORMAT = "E164"
STAFF_SECOND_FACTOR = flag("STAFF_SECOND_FACTOR", default=not DEMO)
# Proxies of our own in front: without them the limits below would take all visitors for one.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_ADAPTER = "exchange.people.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# The library wants one of the two required; our form has one field that takes either. No password.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone"]
ACCOUNT_FORMS = {
    "login": "exchange.people.forms.SignInForm",
    "signup": "exchange.people.forms.SignUpForm",
    "confirm_login_code": "exchange.people.forms.SignInCodeForm",
    "confirm_email_verification_code": "exchange.people.forms.EmailCodeForm",
    "verify_phone": "exchange.people.forms.PhoneCodeForm",
    "add_email": "exchange.people.forms.ChangeEmailForm",
    "change_phone": "exchange.people.forms.ChangePhoneForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # mail to a college address can be slow
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 20 * 60
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True  # one address per person, replaced when the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a change of the account is told to its owner
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True  # nobody learns here who has an account
ACCOUNT_RATE_LIMITS = {
    # a stranger can neither fill a mailbox nor try a million codes; key: the address
    "request_login_code": "20/m/ip,3/m/key,20/h/key",
    "confirm_login_code": "60/m/ip,10/5m/key,100/d/key",
    "verify_phone": "1/30s/key,20/m/ip",  # a class that signs up together has one address
    "start_draft": "30/m/ip,300/h/ip",  # a class that begins together has one address
    "put_aside": "30/m/ip",  # words of somebody who has to sign in first wait in a session
    "change_phone": "3/m/user",  # one typing error must not cost a minute
}
MFA_ADAPTER = "exchange.people.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # clocks of old phones
MFA_FORMS = {
    "authenticate": "exchange.people.forms.SecondStepForm",
    "reauthenticate": "exchange.people.forms.ReauthenticateForm",
    "activate_totp": "exchange.people.forms.ActivateAppForm",
    "add_webauthn": "exchange.people.forms.AddPasskeyForm",
    "edit_webauthn": "exchange.people.forms.RenamePasskeyForm",
}

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SAMESITE = "language", "Lax"
FORMAT_MODULE_PATH = "exchange.formats"
USE_TZ = True
TIME_ZONE = "America/Los_Angeles"

# --- Security --------------------------------------------------------------------------------------
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, first_script.SOURCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
HTTPS = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
STAFF_SESSION_AGE = 60 * 60 * 12
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []
CSRF_FAILURE_VIEW = "exchange.people.views.stale.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
