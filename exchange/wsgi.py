"""The WSGI entry point, which gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from exchange import postgresql
from exchange.celery import hurry
from exchange.checks import stop_if_wrong
from exchange.web.frames import in_one_block

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

postgresql.limit(settings.DATABASES["default"], postgresql.WEB)
hurry()
application = in_one_block(get_wsgi_application())
stop_if_wrong()
