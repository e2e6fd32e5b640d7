"""The ASGI entry point."""

import os

from django.conf import settings
from django.core.asgi import get_asgi_application

from exchange import postgresql
from exchange.celery import hurry
from exchange.checks import stop_if_wrong

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

postgresql.limit(settings.DATABASES["default"], postgresql.WEB)
hurry()
application = get_asgi_application()
stop_if_wrong()
