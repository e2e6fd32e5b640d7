"""Prints the page that the proxy shows while the portal doesn't answer; deploy/update keeps it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string
from django.utils import translation

from exchange.base.office import office


class Command(BaseCommand):
    help = (
        "Print the page that the proxy shows while the portal doesn't answer, with the office's phone number. "
        "Write it again after that number has changed: deploy/README.md."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code, _name in settings.LANGUAGES]
        with translation.override(languages[0]):
            self.stdout.write(render_to_string("exchange/web/away.html", {"languages": languages, "office": office()}))
