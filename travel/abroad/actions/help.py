"""The action behind "I need help" on a traveler's card: leaders and the office are told at once."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.office import office
from exchange.messages import outbox
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as check_ins
from travel.models import CheckInPerson, Placement

ASKED = "abroad.ask_for_help"
# a second tap soon after tells nobody twice
AGAIN_AFTER = timedelta(minutes=5)


@transaction.atomic
def ask_for_help(placement: Placement) -> bool:
    """Tell every leader, and the office, that this traveler needs help; an open check-in counts it. Safe to repeat.

    Returns whether anybody was told by this call: not within AGAIN_AFTER of the one before.
    """
    placement = Placement.objects.select_for_update(of=("self",)).with_people().get(pk=placement.pk)
    last = audit.last(ASKED, placement)
    if last and last.at > timezone.now() - AGAIN_AFTER:
        return False
    audit.record(ASKED, placement, by=None)
    context = {"placement": placement}
    for leader in placement.trip.leaders.select_related("user"):
        if leader.user:
            outbox.queue("travel/help_asked", to=leader.user, context=context, is_answer=True)
        elif leader.email:
            guest = outbox.Guest(email=leader.email, language=leader.language, name=leader.name)
            outbox.queue("travel/help_asked", to=guest, context=context, is_answer=True)
    asked = CheckInPerson.objects.filter(placement=placement, check_in__closed_at__isnull=True)
    for person in asked.order_by("pk"):
        check_ins.note(person, Said.HELP, by_link=True)
    to_office = outbox.Guest(email=office().email)
    outbox.queue("travel/help_asked", to=to_office, context=context, is_answer=True)
    now = timezone.now()
    office_tasks.open(
        f"help:{placement.code}:{now:%Y%m%d%H%M}",
        "travel.help_asked",
        due_on=now.date(),
        about=key_of(placement.trip),
        path=placement.get_absolute_url(),
        person=placement.application.person,
        params={"city": {"en": placement.trip.city.name_en, "es": placement.trip.city.name_es}},
    )
    return True
