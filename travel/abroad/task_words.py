"""The tasks that what happens abroad leaves for the office: their words, and the one that a call for help opens."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exchange.base import office_tasks
from exchange.base.codes import key_of
from travel.models import Contact, Placement, Trip


def call_now(placement: Placement) -> None:
    """Somebody asked for help, and no open check-in says so. Needs the city and the person; one each minute."""
    now, city = timezone.now(), placement.trip.city
    office_tasks.open(
        f"help:{placement.code}:{now:%Y%m%d%H%M}",
        "travel.help_asked",
        due_on=now.date(),
        about=key_of(placement.trip),
        path=placement.get_absolute_url(),
        person=placement.application.person,
        params={"city": {"en": city.name_en, "es": city.name_es}},
    )


def call_leader(leader: Contact, trip: Trip) -> None:
    """The same of a leader. Who it is stands on the trip's page and in the list of texts: a task has no such names."""
    now = timezone.now()
    office_tasks.open(
        f"help:{leader.code}:{now:%Y%m%d%H%M}",
        "travel.leader_asked",
        due_on=now.date(),
        about=key_of(trip),
        path=trip.get_absolute_url(),
        person=leader.user,
        params={"city": {"en": trip.city.name_en, "es": trip.city.name_es}},
    )


def register_all() -> None:
    office_tasks.register(
        "travel.leader_asked",
        _("Call the leader in %(city)s who asked for help"),
        _("They texted that they need help. What they wrote is in the list of texts. Note here how it ended."),
    )
    office_tasks.register(
        "travel.help_asked",
        _("Call %(person)s now: they need help in %(city)s"),
        _(
            "They asked for help on their trip card, by text, or in a check-in that was over. Their leaders were told,"
            " too. What they texted is in the list of texts. Note here how it ended."
        ),
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
