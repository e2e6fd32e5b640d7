"""Shows the keys that sign certificates, or makes a new one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from travel.models import BadgeKey
from travel.reflection.actions import certificates


class Command(BaseCommand):
    help = "The keys that sign certificates. --new makes another one; what older keys signed still verifies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new", action="store_true", help="Make a new key, such as after a leak.")

    def handle(self, *, new: bool, **options: Any) -> None:
        if new:
            certificates.new_key(by=None)
        for key in BadgeKey.objects.all():
            self.stdout.write(f"{key.kid} {key.created_at:%Y-%m-%d} {'signs' if key.is_current else 'verifies only'}")
