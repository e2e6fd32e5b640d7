"""The words of the tasks that details for the plane ticket open."""

from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks

WORDS = {
    "travel.ticketing_changed": (
        _("%(person)s changed their ticket details after the list was sent"),
        _("Tell the airline or agency today what changed. If the ticket is bought, ask what a correction costs."),
    ),
    "travel.ticketing_talk": (
        _("Talk with %(person)s about the details for their ticket"),
        _("They’d like to talk about the gender marker first. Ask the airline what’s possible. Write down no reason."),
    ),
}


def register() -> None:
    for kind, (title, text) in WORDS.items():
        office_tasks.register(kind, title, text)
