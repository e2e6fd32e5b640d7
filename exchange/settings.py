"""All settings of the project. Values that differ between installations come from environment variables.

`.env.example` describes each variable (a test compares the two). With DEMO=true the portal runs on one machine with
nothing else installed. Otherwise it runs in production mode, and a missing variable stops the start with its name and
the remedy.
"""

import re
import ssl
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import environ
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from exchange import environment as env
from exchange import postgresql, remote
from exchange.background import queues
from exchange.background.city_time import CityTime
from exchange.web import first_script, static_headers

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")


def periodic_lasts(schedule: float | CityTime) -> float:
    """Seconds after which a periodic task that has not begun is dropped: until the next, six hours for a daily one."""
    if isinstance(schedule, CityTime):
        return 6 * 3600 if len(schedule.hour) == 1 else 3600
    return schedule


# --- Where this runs -------------------------------------------------------------------------------
DEMO = env.flag("DEMO", default=False)  # /demo/, /styleguide/ and the outbox exist only here
DEBUG = env.flag("DEBUG", default=False)
BENCHMARK = env.flag("BENCHMARK", default=False)  # production, measured on this machine: see STAFF_SECOND_FACTOR
SILENCED_SYSTEM_CHECKS = env.listed("SILENCED_SYSTEM_CHECKS")
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
if DEMO:
    SECRET_KEY = env.text("SECRET_KEY") or env.demo_secret(DATA_DIR / "secret-key")
    ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", "testserver"])
    SITE_URL = env.web_address("SITE_URL", "http://localhost:8000")
else:
    SECRET_KEY = env.required("SECRET_KEY", "Set it to at least 50 random characters and keep it out of git.")
    env.required("ALLOWED_HOSTS", "Set it to the site's host names, with commas between.")
    ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS")
    env.required("SITE_URL", "Set it to the site's address, such as https://exchange.example.gov.")
    SITE_URL = env.web_address("SITE_URL")
SECRET_KEY_FALLBACKS = env.listed("SECRET_KEY_FALLBACKS")  # still open what they signed
# What encrypts rows is a key of its own, so that signing keys can change alone (docs/adr/0030); without it those above
SEALING_KEY = env.text("SEALING_KEY")
SEALING_KEY_FALLBACKS = env.listed("SEALING_KEY_FALLBACKS")
SEALING_KEYS: list[str] = [SEALING_KEY, *SEALING_KEY_FALLBACKS] if SEALING_KEY else []

INSTALLED_APPS = [
    "exchange",
    "applications",
    "travel",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
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
    "exchange.web.request_log.RequestLogMiddleware",
    "exchange.web.middleware.InTheClearMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",  # after WhiteNoise: static files have a stricter one
    "django.middleware.gzip.GZipMiddleware",
    "exchange.web.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "exchange.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "exchange.web.middleware.RefusalMiddleware",
    "exchange.web.middleware.SignInMiddleware",
    "exchange.web.middleware.StaffSecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "exchange.web.middleware.SessionEndMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "applications.apply.middleware.AttachDraftMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "exchange.web.middleware.BusyMiddleware",
    "exchange.web.middleware.RateLimitMiddleware",
    "exchange.web.middleware.ReadableInputMiddleware",
    "exchange.web.access.AccessLogMiddleware",
    "exchange.web.notices.AlreadyDoneMiddleware",
]

ROOT_URLCONF = "exchange.urls"
WSGI_APPLICATION = "exchange.wsgi.application"
TEMPLATE_LOADERS = [f"django.template.loaders.{name}.Loader" for name in ("filesystem", "app_directories")]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("exchange.wording.loading.Loader", TEMPLATE_LOADERS)],
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
if DEMO and not env.text("DATABASE_URL"):
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "exchange.sqlite3"}
    }
else:
    database_url = env.required("DATABASE_URL", "Set it to postgres://user:password@host/name.")
    env.service("DATABASE_URL", database_url, env.DATABASES, "postgres://user:password@host/name")
    DATABASES = {"default": environ.Env.db_url_config(database_url)}
# the role that may delete rows of the logs; only in the environment of `manage.py purge --logs`
PURGE_DATABASE_URL = env.text("PURGE_DATABASE_URL")
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL allows reads during a write; IMMEDIATE takes the write lock at the start of a transaction, so that two
    # writers wait for each other instead of failing halfway.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.whole("CONN_MAX_AGE", 60, least=0, most=86_400)
    postgresql.configure(DATABASES["default"], prepares=env.flag("DATABASE_PREPARES", default=True))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
cache_kinds = env.CACHES + (("dummycache",) if BENCHMARK else ())  # nothing kept: pages counted anew (script/bench)
cache_url = env.service("CACHE_URL", env.text("CACHE_URL", "locmemcache://"), cache_kinds, "redis://host:6379/1")
CACHES: dict[str, dict[str, Any]] = {"default": environ.Env.cache_url_config(cache_url)}
if "Redis" in CACHES["default"]["BACKEND"]:
    CACHES["default"]["BACKEND"] = "exchange.background.open_cache.OpenRedisCache"
    # seconds; a page asks the cache several times, and can do without it
    CACHES["default"]["OPTIONS"] = {"socket_connect_timeout": 0.4, "socket_timeout": 0.4} | CACHES["default"].get(
        "OPTIONS", {}
    )

# --- Files: private by default; no uploaded file has a public address ------------------
BUCKET = env.text("AWS_STORAGE_BUCKET_NAME")
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "exchange.files.bucket.BucketStorage",
        "OPTIONS": {
            "bucket_name": BUCKET,
            "endpoint_url": env.like("AWS_S3_ENDPOINT_URL", "", env.ENDPOINT, "https://s3.example.gov") or None,
            "region_name": env.like("AWS_S3_REGION_NAME", "us-west-2", env.REGION, "us-west-2"),
            "default_acl": "private",
            "querystring_auth": True,
            "querystring_expire": 120,
            "file_overwrite": False,
        },
    }
    if BUCKET
    else {
        "BACKEND": "exchange.files.storage.WholeFileStorage",
        "OPTIONS": {"location": DATA_DIR / "private", "file_permissions_mode": 0o600},
    },
    "staticfiles": {"BACKEND": "exchange.web.static_files.OneSheetStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = str(BASE_DIR / env.text("STATIC_ROOT", str(DATA_DIR / "static")))
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers.add
if BUCKET:
    # newer regions accept no older signature
    STORAGES["default"]["OPTIONS"]["client_config"] = remote.amazon(signature_version="s3v4")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # of a form's text; the limit for files is a Fact row
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
REQUEST_MAX_SIZE = 64 * 1024 * 1024  # bytes, including all files
FILE_UPLOAD_HANDLERS = [
    "exchange.files.uploads.NotEndlessUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Backups: two places, two public keys; who finds one of them can't open anything (docs/adr/0030) ----
BACKUP_DIR = env.text("BACKUP_DIR")
BACKUP_RECIPIENTS = env.listed("BACKUP_RECIPIENTS")
BACKUP_KEYS_DIR = env.text("BACKUP_KEYS_DIR")
BACKUP_KEYS_RECIPIENTS = env.listed("BACKUP_KEYS_RECIPIENTS")

# What people without an account may store. A class that begins together behind one address stays far below; a page of
# answers has some ten thousand characters.
VISITOR_DRAFTS_PER_NETWORK = 200
VISITOR_DRAFTS_MAX = 20_000
VISITOR_DRAFT_SIZE = 200_000  # characters, with all versions of all answers
EMPTY_DRAFT_HOURS = 24  # for a visitor's draft in which nothing was ever written
SAVE_MAX_SIZE = 256 * 1024  # bytes of one request to save answers
SAVES_A_MINUTE = 120  # of one application: a phone sends some twenty, a helper's writes come on top
SET_ASIDE_HOURS = 24  # how long a form that was sent without a session waits for its person to sign in

# exchange.files.antivirus; "off": nothing is scanned
CLAMAV_ADDRESS = (
    env.text("CLAMAV_ADDRESS")
    if DEMO
    else env.required("CLAMAV_ADDRESS", "Set it to the socket of ClamAV's daemon or to host:port, or to off.")
)
if CLAMAV_ADDRESS == "off":
    CLAMAV_ADDRESS = ""

# --- Background work -------------------------------------------------------------------------------
BROKER_URL = (
    env.text("CELERY_BROKER_URL", f"redis+socket://{quote(str(DATA_DIR / 'broker.sock'))}")  # of script/demo
    if DEMO
    else env.required("CELERY_BROKER_URL", "Set it to redis://host:6379/0 or amqp://user:password@host//.")
)
CELERY_BROKER_URL = env.service("CELERY_BROKER_URL", BROKER_URL, env.BROKERS, "redis://host:6379/0")
if BROKER_URL.startswith("amqps:"):
    # None: the host of the address. By itself, the library takes a good certificate of any host
    CELERY_BROKER_USE_SSL = {"server_hostname": None, "cert_reqs": ssl.CERT_REQUIRED}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if BROKER_URL.startswith("redis"):
    # seconds; `max_retries`: a page must not wait for a broker that is down, beat sends the task later
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 3, "max_retries": 0}
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"write_timeout": 3, "max_retries": 0}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True  # results are database rows
CELERY_TASK_ACKS_LATE = True  # a killed worker's task runs again; every task may run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER = False
# Limits of each process that runs tasks: of the queues heavy and uploads, and of the others (docs/adr/0031)
HEAVY_MEMORY_MB = env.whole("HEAVY_MEMORY_MB", 1000, least=200, most=64_000)
WORKER_MEMORY_MB = env.whole("WORKER_MEMORY_MB", 1000, least=200, most=64_000)
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = queues.SOFT_SECONDS, queues.SECONDS
CELERY_TASK_ROUTES = {
    "exchange.deliver_urgent_message": {"queue": queues.URGENT},
    "exchange.deliver_urgent_messages": {"queue": queues.URGENT},
    "exchange.deliver_waiting_urgent_messages": {"queue": queues.URGENT},
    "travel.escalate_check_ins": {"queue": queues.URGENT},
    "applications.check_upload": {"queue": queues.UPLOADS},
    "travel.check_agreement_file": {"queue": queues.UPLOADS},
    "travel.check_city_picture": {"queue": queues.UPLOADS},
    "travel.check_photo": {"queue": queues.UPLOADS},
    "travel.check_receipt": {"queue": queues.UPLOADS},
    "travel.check_step_file": {"queue": queues.UPLOADS},
    "exchange.run_heavy_job": {"queue": queues.HEAVY},
    "exchange.note_heavy_worker": {"queue": queues.HEAVY},
    "travel.refresh_now": {"queue": queues.HEAVY},  # numpy
}
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # checks files whose task was lost or whose scan failed; deletes unfinished uploads
    "look-after-uploads": {"task": "applications.look_after_uploads", "schedule": 120.0},
    # deletes students' papers after the fact upload.keep_days; at night, because there may be many
    "remove-old-uploads": {"task": "applications.remove_old_uploads", "schedule": CityTime(hour=3, minute=20)},
    # deletes visitors' drafts after the fact draft.visitor_days, and tests of the form after a day
    "purge-abandoned-drafts": {"task": "applications.purge_abandoned_drafts", "schedule": CityTime(hour=3, minute=40)},
    # also deletes what was stored in a session for a sign-in that never came
    "clear-sessions": {"task": "exchange.clear_sessions", "schedule": CityTime(hour=3, minute=50)},
    # tells the office of sign-in attempts that look like an attack; deletes them after the fact sign_in.keep_days
    "watch-sign-ins": {"task": "exchange.watch_sign_ins", "schedule": 300.0},
    "forget-attempts": {"task": "exchange.forget_attempts", "schedule": CityTime(hour=3, minute=45)},
    # tries messages again that couldn't be sent, and sends those whose task was lost or whose time has come
    "deliver-waiting-messages": {"task": "exchange.deliver_waiting_messages", "schedule": 30.0},
    # the same for codes and alarms, whatever else waits; each time, the worker of urgent work gives a sign of life
    "deliver-waiting-urgent-messages": {"task": "exchange.deliver_waiting_urgent_messages", "schedule": 30.0},
    # publishes tasks that the broker didn't take at the commit, or that were lost with their worker
    "publish-kept-tasks": {"task": "exchange.publish_kept_tasks", "schedule": 60.0},
    # closes the audit log of the day before, so that a later change of it is noticed; before the backup, which has it
    "close-log": {"task": "exchange.close_log", "schedule": CityTime(hour=1, minute=15)},
    # encrypted, to BACKUP_DIR; does nothing where the systemd timer has taken it half an hour before
    "take-backup": {"task": "exchange.take_backup", "schedule": CityTime(hour=2, minute=45)},
    # writes to the owners of the portal once a day while a good backup is missing
    "tell-if-backup-is-late": {"task": "exchange.tell_if_backup_is_late", "schedule": CityTime(minute=35)},
    # tells the office before the day's texts are used up
    "watch-texts": {"task": "exchange.watch_texts", "schedule": 600.0},
    # runs jobs again whose worker was killed; deletes results after the fact job.keep_days
    "note-heavy-worker": {"task": "exchange.note_heavy_worker", "schedule": 60.0},
    "look-after-jobs": {"task": "exchange.look_after_jobs", "schedule": 60.0},
    # creates passport cases soon after students were told that they are selected or waitlisted
    "open-passports": {"task": "travel.open_passports", "schedule": CityTime(minute="*/10")},
    # counts what the director's page says of today
    "refresh-now": {"task": "travel.refresh_now", "schedule": 600.0},
    # a task for the office when everybody of a cycle is home, or its survey is over
    "say-what-can-be-published": {"task": "travel.say_what_can_be_published", "schedule": CityTime(hour=7, minute=50)},
    # phone numbers of contacts and places abroad that somebody typed without their country
    # as days pass, a passport plan may need a faster service; before the reminders, so that their dates are right
    "recompute-checklists": {"task": "travel.recompute_checklists", "schedule": CityTime(hour=4, minute=10)},
    # reminds some days before and the day before, even if a worker was down; gives freed places to the waiting list
    "remind-of-passport-days": {"task": "travel.remind_of_passport_days", "schedule": CityTime(minute=25)},
    "remind-of-visa-days": {"task": "travel.remind_of_visa_days", "schedule": CityTime(hour="9-19", minute=35)},
    # a return that was moved can leave a visa too short
    "look-at-entry-again": {"task": "travel.look_at_entry_again", "schedule": CityTime(hour=5, minute=5)},
    "remind-of-checklist-items": {"task": "travel.remind_due", "schedule": CityTime(hour=9, minute=0)},
    # all day, so that a reminder is sent on its day even if a worker was down
    "remind-applicants": {"task": "applications.send_reminders", "schedule": CityTime(hour="9-19", minute=20)},
    # tells those who wait for it that applications are open, each once
    "tell-interested": {"task": "applications.tell_interested", "schedule": 300.0},
    # in office hours, when an advisor can call a student who has not answered an offer
    "look-after-offers": {"task": "applications.look_after_offers", "schedule": CityTime(hour="9-17", minute=40)},
    # starts releases whose time has come, on the minute that the office chose
    "carry-out-scheduled": {"task": "applications.carry_out_scheduled", "schedule": 60.0},
    # in the morning, so that a reader or an advisor has the day for it
    "remind-of-due-days": {"task": "applications.remind_of_due_days", "schedule": CityTime(hour=9, minute=10)},
    # in the morning, because nobody is written to at night; a referee who has answered is not reminded
    "remind-referees": {"task": "applications.remind_referees", "schedule": CityTime(hour=9, minute=0)},
    # a helper is refused as soon as the time is over; this tells the student within minutes
    "end-help": {"task": "applications.end_help", "schedule": 300.0},
    # tells the office of an agreement that ends while there is still time to renew it
    "remind-of-agreements": {"task": "travel.remind_of_agreements", "schedule": CityTime(hour=8, minute=30)},
    # checks agreement files whose task was lost or whose scan failed
    "look-after-agreement-files": {"task": "travel.look_after_agreement_files", "schedule": 300.0},
    # checks files of the checklist whose task was lost
    "look-after-step-files": {"task": "travel.look_after_step_files", "schedule": 300.0},
    # checks receipts whose task was lost
    "look-after-receipts": {"task": "travel.look_after_receipts", "schedule": 300.0},
    # does what was confirmed for many students at once, if its worker died
    "do-bulk-acts": {"task": "applications.do_bulk_acts", "schedule": 60.0},
    # sends messages to groups whose time has come, and goes on with those whose worker died
    "send-group-messages": {"task": "travel.send_group_messages", "schedule": 60.0},
    # checks students' photos whose task was lost
    "look-after-photos": {"task": "travel.look_after_photos", "schedule": 300.0},
    # promises what's published to students who were placed since
    "promise-money": {"task": "travel.promise_money", "schedule": CityTime(hour=4, minute=50)},
    # makes the PDF of a signature whose task was lost
    "look-after-signatures": {"task": "travel.look_after_signatures", "schedule": 300.0},
    # in the daytime: a parent or guardian who hasn't signed yet gets the link once more
    "remind-guardians": {"task": "travel.remind_guardians", "schedule": CityTime(hour=10, minute=15)},
    # all day, so that a reminder is sent in time even if a worker was down
    "remind-of-sessions": {"task": "travel.remind_of_sessions", "schedule": CityTime(hour="9-19", minute=45)},
    # removes what is past its retention rule, after the other purges; logs it and keeps the figures
    "purge": {"task": "travel.purge", "schedule": CityTime(hour=4, minute=30)},
    # deletes a placement's inputs once its cycle is closed out
    "forget": {"task": "travel.forget", "schedule": CityTime(hour=3, minute=55)},
    # deletes numbers of travel documents the fact number.keep_days after the return
    "purge-numbers": {"task": "travel.purge_numbers", "schedule": CityTime(hour=3, minute=50)},
    # who hasn't answered a check-in gets the next text, email or call; nothing while none is open
    "escalate-check-ins": {"task": "travel.escalate_check_ins", "schedule": 30.0},
    # in the daytime, like the reminders
    "ask-about-studies": {"task": "travel.ask_about_studies", "schedule": CityTime(hour=10, minute=40)},
    "invite-to-survey": {"task": "travel.invite_to_survey", "schedule": CityTime(hour=10, minute=20)},
    "invite-to-reflect": {"task": "travel.invite_to_reflect", "schedule": CityTime(hour=10, minute=0)},
}
CELERY_BEAT_SCHEDULER = "exchange.background.clock:Clock"
# Periodic tasks that no worker took in time would only repeat each other. What was missed is done by the next one.
for _entry in CELERY_BEAT_SCHEDULE.values():
    _entry["options"] = {"expires": periodic_lasts(_entry["schedule"])}

# --- Mail and texts --------------------------------------------------------------------------------
MAIL_SECONDS = 20  # for each step of a conversation with the mail server
EMAIL_BACKEND_PATH = env.text(
    "EMAIL_BACKEND",
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend",
)
EMAIL_HOST_NAME = env.text("EMAIL_HOST")
# Debian's own mail server takes mail from this machine at port 25, and its certificate names no host
_MAIL_STAYS_HERE = EMAIL_HOST_NAME in env.THIS_MACHINE
MAILERS = {"default": {"BACKEND": EMAIL_BACKEND_PATH, "OPTIONS": {}}}
if EMAIL_BACKEND_PATH.endswith("filebased.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {"file_path": str(DATA_DIR / "outbox")}
elif EMAIL_BACKEND_PATH.endswith("smtp.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {
        "host": env.required("EMAIL_HOST", "Set it to your mail server, or EMAIL_BACKEND to a provider's own backend."),
        "port": env.whole("EMAIL_PORT", 25 if _MAIL_STAYS_HERE else 587, least=1, most=65_535),
        "username": env.text("EMAIL_HOST_USER"),
        "password": env.text("EMAIL_HOST_PASSWORD"),
        "use_tls": env.flag("EMAIL_USE_TLS", default=not _MAIL_STAYS_HERE),
        "timeout": MAIL_SECONDS,
    }
elif EMAIL_BACKEND_PATH.startswith("anymail."):
    MAILERS["default"] = {"BACKEND": "exchange.messages.provider.backend", "OPTIONS": {"provider": EMAIL_BACKEND_PATH}}
ANYMAIL = env.json_object("ANYMAIL")
ANYMAIL.setdefault("REQUESTS_TIMEOUT", MAIL_SECONDS)
if "amazon_ses" in EMAIL_BACKEND_PATH:
    ANYMAIL.setdefault("AMAZON_SES_CLIENT_PARAMS", {"config": remote.amazon()})
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"exchange@{urlsplit(SITE_URL).hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = env.listed("ERROR_EMAILS")  # told of errors in our code: exchange.web.error_mail
# Public: shown on the contact page and on error pages; every email is signed with them, and replies go to OFFICE_EMAIL
OFFICE_NAME = env.text("OFFICE_NAME", "Exchange team, Mayor’s Office" if DEMO else "")
OFFICE_NAME_ES = env.text("OFFICE_NAME_ES", "Equipo de intercambio, Oficina de la Alcaldía" if DEMO else "")
OFFICE_EMAIL = env.text("OFFICE_EMAIL", "exchange@example.gov" if DEMO else parseaddr(DEFAULT_FROM_EMAIL)[1])
SECURITY_CONTACT = env.text("SECURITY_CONTACT") or OFFICE_EMAIL  # public, in security.txt
HOLIDAY_STATE = env.like(
    "HOLIDAY_STATE", "", re.compile("[A-Z]{2}"), "CA"
)  # whose holidays close passport counters beside the federal ones
REFERENCE_CITY = env.text("REFERENCE_CITY", "los-angeles" if DEMO else "")  # a folder in travel/reference/cities/
OFFICE_PHONE = env.text("OFFICE_PHONE", "+1 213 555 0148" if DEMO else "")
TEXT_BACKEND = env.text(
    "TEXT_BACKEND", "exchange.messages.texts.file_backend" if DEMO else "exchange.messages.texts.sns_backend"
)
if TEXT_BACKEND == "off":  # no page offers texts, and none are sent
    TEXT_BACKEND = ""
AWS_SNS_REGION_NAME = env.like("AWS_SNS_REGION_NAME", "us-west-2", env.REGION, "us-west-2")
AWS_SNS_ENDPOINT_URL = env.like("AWS_SNS_ENDPOINT_URL", "", env.ENDPOINT, "https://s3.example.gov") or None
TEXT_INBOUND_TOPIC_ARN = env.text("TEXT_INBOUND_TOPIC_ARN")  # the SNS topic of incoming texts
TEXT_EVENTS_TOPIC_ARN = env.text("TEXT_EVENTS_TOPIC_ARN")  # the SNS topic of what became of each text
# Of exchange.messages.texts.messaging_backend: our number or its ARN, and the configuration set with those events
TEXT_SENDER = env.text("TEXT_SENDER")
TEXT_CONFIGURATION_SET = env.text("TEXT_CONFIGURATION_SET")

# --- People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "exchange.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# The country of numbers that people type without one, where only numbers from here are meant (`phone_numbers`).
# Nothing else guesses: a stored number without its country is dialed locally wherever a traveler is.
HOME_REGION = "US"
PHONENUMBER_DEFAULT_REGION = None
PHONENUMBER_DB_FORMAT = "E164"
STAFF_SECOND_FACTOR = env.flag("STAFF_SECOND_FACTOR", default=not DEMO)
# Number of our own proxies in front: if it is wrong, the rate limits below treat all visitors as one.
ALLAUTH_TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0, least=0, most=9)
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
ACCOUNT_ADAPTER = "exchange.people.sign_in.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# allauth needs one of them to be required; our form has one field that takes either. No password.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone"]
ACCOUNT_FORMS = {
    "login": "exchange.people.sign_in.forms.SignInForm",
    "signup": "exchange.people.sign_in.forms.SignUpForm",
    "confirm_login_code": "exchange.people.sign_in.forms.SignInCodeForm",
    "confirm_email_verification_code": "exchange.people.sign_in.forms.EmailCodeForm",
    "verify_phone": "exchange.people.sign_in.forms.PhoneCodeForm",
    "change_email": "exchange.people.sign_in.forms.MistypedEmailForm",
    "add_email": "exchange.people.sign_in.forms.ChangeEmailForm",
    "change_phone": "exchange.people.sign_in.forms.ChangePhoneForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# Nothing the office can change: what takes two may be finished by one after so long (exchange.people.second.second)
ALONE_AFTER_HOURS = 3 * 24
CODE_MINUTES = 10  # how long a code works, to sign in or to confirm an address
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_TIMEOUT = 20 * 60
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60  # how long a proof of the person counts: exchange.web.proofs
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True  # one address per account, replaced when the new one is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # tells people about changes to their account
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True  # pages don't reveal who has an account
ACCOUNT_RATE_LIMITS = {
    # sign-in codes: `exchange.people.sign_in.codes` counts per device, or per address and place. allauth's own limits
    # count per address, where strangers could use up what its owner needs
    "login": "",
    # of one network, so that an orientation of two hundred students behind one address gets in within ten minutes. What
    # is sent to one recipient is counted by `sign_in.codes`. On the day of an orientation all of them can ask at once
    # (`exchange.people.sign_in.networks`).
    "signup": "300/m/ip,3000/h/ip",
    "request_login_code": "60/m/ip,600/h/ip",
    "request_login_code_at_orientation": "300/m/ip,3000/h/ip",
    "request_code_known_device": "3/m/key,20/h/key,50/d/key",
    "confirm_login_code": "10/5m/key,100/d/key",
    "confirm_code_known_device": "10/5m/key,50/d/key",
    # codes that confirm an address: by the same rules
    "confirm_email": "",
    "verify_phone": "",
    "start_draft": "60/m/ip,600/h/ip",  # students who begin together in class share an IP address
    "start_draft_at_orientation": "300/m/ip,3000/h/ip",
    "leave_interest": "30/m/ip,300/h/ip",  # a class that scans one code shares an IP address, too
    # form content stored in a session until the person has signed in
    "put_aside": "30/m/ip,200/d/ip",
    "put_aside_by_all": "2000/d/key",  # the key is the same for everyone: a limit of what is stored in total
    "text_code": "100/d/ip",  # each costs us; two classes that sign up on one network stay below it
    "text_code_at_orientation": "1000/d/ip",
    # mail to addresses without an account; beyond, the page says what to do as before (`exchange.messages.mail_limits`)
    "unknown_account": "20/h/ip,60/d/ip",
    "unknown_account_at_orientation": "200/h/ip,400/d/ip",
    # a leader's link, for each link and network; for everybody together: `travel.abroad.actions.leader_link`
    "leader_code": "5/d/key",
    "leader_code_guess": "5/10m/key,50/d/key",
    "change_phone": "3/m/user",  # a typing error must not cost a minute
    # reauthentication counts per person: a stranger cannot use it up
    "reauthenticate": "30/m/user",
    "send_reauthentication_code": "3/m/user,20/d/user",
    "confirm_reauthentication_code": "10/5m/user,50/d/user",
}
SOCIALACCOUNT_ADAPTER = "exchange.people.colleges.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5  # seconds that a college's server may take to answer
MFA_ADAPTER = "exchange.people.sign_in.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # for phones whose clock is off
MFA_FORMS = {
    "authenticate": "exchange.people.sign_in.forms.SecondStepForm",
    "reauthenticate": "exchange.people.sign_in.forms.ReauthenticateForm",
    "activate_totp": "exchange.people.sign_in.forms.ActivateAppForm",
    "add_webauthn": "exchange.people.sign_in.forms.AddPasskeyForm",
    "edit_webauthn": "exchange.people.sign_in.forms.RenamePasskeyForm",
}

# --- Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_SAMESITE = "language", "Lax"
FORMAT_MODULE_PATH = "exchange.formats"
USE_TZ = True
TIME_ZONE = "UTC"  # until Your city has a time zone of its own; nothing but `exchange.base.home` reads it
# ISO 4217: of every amount that the city promises and pays
CURRENCY = "USD"

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
METRICS_NETWORKS = env.networks("METRICS_NETWORKS")
# exchange.background.lookout asks it once a day about the installed libraries; "off": nobody is asked
OSV = "https://api.osv.dev/v1/querybatch"
ADVISORIES_URL = env.like("ADVISORIES_URL", "off" if DEMO else OSV, re.compile(r"off|https://\S+"), OSV)
if ADVISORIES_URL == "off":
    ADVISORIES_URL = ""
# exchange.background.alarms posts what it tells the owners there, too: mail may be what failed
ALARM_URL = env.like("ALARM_URL", "", re.compile(r"https://\S+"), "https://chat.example.gov/hooks/a-secret-path")
# exchange.background.lookout asks for it each minute; a service there tells the operator when nothing came
WATCH_PING_URL = env.like("WATCH_PING_URL", "", re.compile(r"https://\S+"), "https://ping.example.gov/a-secret-path")
# exchange.web.error_tracker; nobody is told without it, except by mail
SENTRY_DSN = env.like("SENTRY_DSN", "", re.compile(r"https://\w+@\S+/\d+"), "https://key@sentry.example.gov/1")
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
DEVICE_COOKIE_NAME = "device"  # exchange.people.sign_in.known_devices
if HTTPS:  # browsers take a cookie of such a name only from this very host, over HTTPS, so no other host can plant one
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    DEVICE_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-device", "__Host-language"
MESSAGE_STORAGE = "exchange.web.notices.NoticeStorage"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30  # of visitors; how long people stay signed in are the facts session.*
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []
CSRF_FAILURE_VIEW = "exchange.people.sign_in.stale_views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "exchange.base.logs.formatter",
            "as_json": env.one_of("LOG_FORMAT", "words" if DEMO else "json", ("json", "words")) == "json",
        }
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "error-mail": {"class": "exchange.web.error_mail.ErrorMailHandler"},
        "error-tracker": {"class": "exchange.web.error_tracker.TrackerHandler"},
    },
    "loggers": {
        "django": {"handlers": []},  # its own handler's mail has the whole request
        "gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"},  # lines as all others
    },
    "root": {"handlers": ["console", "error-mail", "error-tracker"], "level": env.one_of("LOG_LEVEL", "INFO", LEVELS)},
}

env.agree(globals())
