"""The ASGI entry point."""

import os

from django.core.asgi import get_asgi_application

from exchange.checks import stop_if_wrong

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exchange.settings")

application = get_asgi_application()
stop_if_wrong()
