"""Takes a text that answers a check-in, before any keyword is looked at: YES is no START while one runs.

Help is heard for two days after the end as well, and without any check-in from who is on a trip, because nobody who
needs it checks whether one is open.
"""

from collections import Counter
from datetime import date, timedelta

from django.db.models import Q
from django.utils import timezone

from exchange.messages.inbound import STOPPED, Reply, Text, says_more
from travel.abroad.account import waits_for_a_reader
from travel.abroad.accounting import Said
from travel.abroad.actions import check_in as actions
from travel.abroad.actions.help import ask_for_help, leader_asks
from travel.abroad.replies import Answer, read
from travel.models import CheckInPerson, Contact, Placement, Reachability

ANSWERED, ANSWERED_LEADER = "travel/check_in_reply", "travel/check_in_reply_leader"
HEARD_AFTER = timedelta(days=2)
OVERDUE = timedelta(days=14)  # who isn't back by then was, and nobody wrote it down


def take(text: Text) -> Reply | None:
    """Write down what it says in each check-in that asked this number; None if none did, or it's older than that."""
    answer = read(text.body)
    people = [each for each in _asked(text) if each.check_in.closed_at is None or answer == Answer.HELP]
    if not people:
        return _without_check_in(text, answer)
    if text.meaning == STOPPED:
        for person in people:
            actions.stopped(person)
        if answer != Answer.HELP and not says_more(text):
            return None
    noted = [_note(person, answer, text, is_shared) for person, is_shared in _with_shared(people)]
    newest = noted[-1]
    is_urgent = newest.check_in.is_real or newest.state == CheckInPerson.State.HELP
    template = ANSWERED if newest.placement else ANSWERED_LEADER
    context = {"person": newest, "leaders": newest.other_leaders(), "is_being_read": waits_for_a_reader(newest)}
    return Reply(template, context, is_urgent=is_urgent, language=newest.language)


def _without_check_in(text: Text, answer: Answer) -> Reply | None:
    """Help of who is on a trip, also as the only word: the keyword's answer would tell nobody.

    By the number of their account or the one they gave for the trip; until they're home, also later than planned.
    """
    if answer != Answer.HELP:
        return None
    mine = Q(reachability__way=Reachability.Way.LOCAL_NUMBER, reachability__phone=text.number)
    if text.user:
        mine |= Q(application__student=text.user)
    today = timezone.localdate()
    going = Placement.objects.active().filter(mine, returned_at=None, trip__leaves_on__lte=today + timedelta(days=1))
    placement = going.with_people().order_by("-trip__leaves_on", "pk").first()
    if placement is None or placement.trip.home_on < today - OVERDUE:
        return _of_a_leader(text, today)
    ask_for_help(placement, words=text.body.strip())
    context = {"leaders": list(placement.trip.leaders.all())}
    language = placement.application.person.language
    return Reply("travel/help_heard", context, is_urgent=True, is_kept=True, language=language)


def _of_a_leader(text: Text, today: date) -> Reply | None:
    """Help of who leads a group that is away, by the number of their account or the one they're called at."""
    mine = Q(phone=text.number) | (Q(user=text.user) if text.user else Q())
    leads = Contact.objects.filter(mine, trip__closed_at=None, trip__returned_at=None)
    leads = leads.filter(trip__leaves_on__lte=today + timedelta(days=1)).select_related("trip", "user")
    leader = leads.order_by("-trip__leaves_on", "pk").first()
    if leader is None or leader.trip is None or leader.trip.home_on < today - OVERDUE:
        return None
    leader_asks(leader, text.body.strip())
    language = leader.user.language if leader.user else leader.language
    others = [each for each in leader.trip.leaders.all() if each != leader]
    # as in a check-in: it's the same answer, and it addresses a leader
    context = {"person": CheckInPerson(leader=leader, state=CheckInPerson.State.HELP), "leaders": others}
    return Reply(ANSWERED_LEADER, context, is_urgent=True, is_kept=True, language=language)


def _with_shared(people: list[CheckInPerson]) -> list[tuple[CheckInPerson, bool]]:
    """Whether others of the same check-in have this number, too."""
    counts = Counter(each.check_in_id for each in people)
    return [(each, counts[each.check_in_id] > 1) for each in people]


def _note(person: CheckInPerson, answer: Answer, text: Text, is_shared: bool) -> CheckInPerson:
    """One text from a phone that two people share says of neither that they are safe; help is help.

    What says that they're safe counts from when it was sent, all else from now: nothing noted meanwhile ends it unread.
    """
    body = text.body.strip()
    said = Said.UNCLEAR if is_shared and answer == Answer.SAFE else Said(answer.value)
    says_more = said != Said.SAFE and not (said == Said.HELP and body.isalnum())
    at = text.sent_at if said in (Said.SAFE, Said.THANKS) else None
    return actions.note(person, said, words=body if says_more else "", at=at)


def _asked(text: Text) -> list[CheckInPerson]:
    """In open check-ins that began before the text was sent, and in those that ended lately; the oldest first."""
    mine = Q(number=text.number)
    if text.user:
        mine |= Q(placement__application__student=text.user) | Q(leader__user=text.user)
    lately = Q(check_in__closed_at__isnull=True) | Q(check_in__closed_at__gt=timezone.now() - HEARD_AFTER)
    rows = CheckInPerson.objects.filter(mine, lately, check_in__started_at__lte=text.sent_at)
    return list(rows.with_people().order_by("check_in__started_at", "pk"))
