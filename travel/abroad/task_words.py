"""The words of tasks that what happens abroad leaves for the office."""

from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks


def register_all() -> None:
    office_tasks.register(
        "travel.help_asked",
        _("Call %(person)s now: they need help in %(city)s"),
        _("They pressed “I need help” on their trip card. Their leaders have an email, too. Note here how it ended."),
    )
    office_tasks.register(
        "travel.incident_read",
        _("Read the incident reported in %(city)s"),
        _("Only the people who handle incidents can read it. Decide what happens next, then mark this done."),
    )
    office_tasks.register(
        "travel.incident_follow_up",
        _("Follow up on the incident in %(city)s"),
        _("What to do is on the incident’s page. Write there how it ended; don’t write any details here."),
    )
    office_tasks.register(
        "travel.break_glass_review",
        _("Review an emergency opening in %(city)s"),
        _("Someone opened a traveler’s needs and contacts with a written reason. Someone else says if it was needed."),
    )
