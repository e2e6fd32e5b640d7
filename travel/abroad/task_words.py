"""The words of tasks that what happens abroad leaves for the office."""

from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks


def register_all() -> None:
    office_tasks.register(
        "travel.help_asked",
        _("Call %(person)s now: they need help in %(city)s"),
        _("They pressed “I need help” on their trip card. Their leaders have an email, too. Note here how it ended."),
    )
