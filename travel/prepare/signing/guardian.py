"""Actions on how a parent or guardian signs: the student names them, a link goes to their phone or email, or we call.

The student never sees the link: whoever has it signs as the guardian. It goes to an address that isn't one of the
student's; where there's none, somebody of the office calls, reads the forms out and writes down the answers.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from applications.base.withdrawals import Follower
from applications.models import Application
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.guests import links
from exchange.messages import outbox
from exchange.messages.reminders import Every, Reminder
from exchange.models import OfficeTask, User
from exchange.people.second import same_person
from exchange.reference import facts
from travel.base.task_rows import city_of, due_on
from travel.models import FormText, Placement, SignedForm, SigningLink
from travel.models.signing import LINK_DAYS
from travel.prepare.signing.actions import lock
from travel.prepare.signing.required import forms_of

REMIND_DAYS = "signing.remind_days"
AGAIN_AFTER = timedelta(hours=1)
CALL_TASK = "travel.guardian_call"


@transaction.atomic
def name_guardian(
    placement: Placement, *, name: str, email: str, phone: str, language: str, reach: str = "", by: User
) -> SigningLink:
    """Send them a link, or, without an address, ask the office to call. What was sent elsewhere before ends.

    `phone`: E.164. `reach`: how to reach someone without either, in the student's words.
    RuleViolation: not_own, not_asked, no_name, own_address, no_way, over.
    """
    placement = lock(placement)
    _require_own(placement, by)
    _require_asked(placement)
    name, reach = " ".join(name.split()), "" if email or phone else " ".join(reach.split())
    _require_another(placement.application.person, name, email, phone, reach)
    _require_ahead(placement)
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement).first()
    given = {"name": name, "email": email, "phone": phone, "language": language, "reach": reach}
    if link is None:
        link = SigningLink(placement=placement)
    link.placement = placement
    if link.pk and link.is_open and all(getattr(link, key) == value for key, value in given.items()):
        return link
    for key, value in given.items():
        setattr(link, key, value)
    link.sent_at = link.reminded_at = None
    links.issue(link, "guardian.name", link, by=by)
    office_tasks.drop(key_of(link), by=by)
    _send(link, placement, link.made_at)
    if not link.has_address:
        _ask_office(link, placement, by)
    return link


@transaction.atomic
def send_again(placement: Placement, *, by: User) -> bool:
    """Send the link again with its full time. Within an hour of the last time nothing is sent: returns False.

    RuleViolation: not_own, ended, no_address, over.
    """
    placement = lock(placement)
    _require_own(placement, by)
    link = _of(placement)
    if not (link.email or link.phone):
        raise RuleViolation("no_address", _("We have no email or phone for this person, so we’ll call."))
    now = timezone.now()
    if link.sent_at and link.sent_at > now - AGAIN_AFTER:
        return False
    _require_ahead(placement)
    _send(link, placement, now)
    audit.record("guardian.send_again", link, by=by)
    return True


@transaction.atomic
def end(placement: Placement, *, by: User) -> None:
    """End the link at once. What was signed stays. Safe to repeat."""
    placement = lock(placement)
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement, stopped_at=None).first()
    if link and links.stop(link, "guardian.end", link, by=by):
        office_tasks.drop(key_of(link), by=by)


def _to_remind() -> QuerySet[SigningLink]:
    """Links whose guardian still has a form to sign."""
    signed = SignedForm.objects.filter(
        text=OuterRef("pk"), placement=OuterRef(OuterRef("placement")), signed_as=SignedForm.By.GUARDIAN
    )
    cycle, signer = OuterRef("placement__trip__cycle"), FormText.Signer.STUDENT
    unsigned = FormText.objects.current().filter(~Exists(signed), cycle=cycle, signer=signer, needs_guardian=True)
    going = Placement.objects.active().values("pk")
    links = SigningLink.objects.filter(Exists(unsigned), placement__in=going, stopped_at=None)
    people = "placement__application__student", "placement__trip__city"
    return links.filter(expires_at__gt=timezone.now(), sent_at__isnull=False).select_related(*people).order_by("pk")


def _who_signs(row: SigningLink) -> list[outbox.Guest]:
    is_done = row.placement is None or all(each.guardian for each in forms_of(row.placement).for_guardian)
    return [] if is_done else [_guest(row)]


def _claim(row: SigningLink, _occasion: object) -> None:
    row.reminded_at = timezone.now()
    _extend(row, row.reminded_at)


# sends a link that has waited for some days once more, one time
REMINDER = Reminder[SigningLink](
    name="travel.guardian",
    template="travel/guardian_asked",
    action="guardian.remind",
    offsets=(Every(REMIND_DAYS, since=lambda row: row.sent_at, times=1),),
    rows=_to_remind,
    people=_who_signs,
    context=lambda row, _person: {"link": row, "placement": row.placement},
    about=lambda row: _("forms to sign"),
    who=ngettext_lazy("%(count)s parent or guardian", "%(count)s parents or guardians", "count"),
    count=lambda row: 1,
    was_sent=lambda row, occasion: row.reminded_at is not None,
    claim=_claim,
    holds=lambda row, key: True,
)


def _ask_office(link: SigningLink, placement: Placement, by: User) -> None:
    office_tasks.open(
        f"{key_of(link)}:{link.made_at:%Y%m%d%H%M%S%f}",
        CALL_TASK,
        due_on=due_on(),
        about=key_of(placement.trip),
        path=reverse("travel:guardian-call", args=[placement.code]),
        person=placement.application.person,
        params=city_of(placement.trip),
        source=key_of(link),
        by=by,
    )


def _send(link: SigningLink, placement: Placement, now: datetime) -> None:
    """With its full time from now on."""
    if link.email or link.phone:
        _extend(link, now)
        outbox.queue("travel/guardian_asked", to=_guest(link), context={"link": link, "placement": placement})


def _extend(link: SigningLink, now: datetime) -> None:
    link.sent_at = now
    link.expires_at = link.ends(facts.numbers(LINK_DAYS))
    link.save()


def _guest(link: SigningLink) -> outbox.Guest:
    return outbox.Guest(email=link.email, phone=str(link.phone), language=link.language, name=link.name)


def _require_ahead(placement: Placement) -> None:
    """RuleViolation: over."""
    if placement.trip.leaves_on < timezone.localdate():
        raise RuleViolation("over", _("The trip has started, so there’s no link to make."))


def _of(placement: Placement) -> SigningLink:
    link = SigningLink.objects.select_for_update(of=("self",)).filter(placement=placement, stopped_at=None).first()
    if link is None:
        raise RuleViolation("ended", _("There’s no link. Make a new one."))
    link.placement = placement
    return link


def _require_own(placement: Placement, by: User) -> None:
    if placement.application.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can do this."))


def _require_asked(placement: Placement) -> None:
    if not forms_of(placement).for_guardian:
        raise RuleViolation("not_asked", _("No parent or guardian has to sign for you."))


def _require_another(student: User, name: str, email: str, phone: str, reach: str) -> None:
    """RuleViolation: no_name, own_address, no_way."""
    if not name:
        raise RuleViolation("no_name", _("Enter your parent’s or guardian’s name."))
    if same_person.is_own(student, email=email, phone=phone):
        raise RuleViolation(
            "own_address", _("That’s your own email or phone. Your parent or guardian signs on their phone.")
        )
    if not (email or phone or reach):
        text = _("Enter their email or phone. If they have neither of their own, tell us how we can reach them.")
        raise RuleViolation("no_way", text)


# --- When the student drops out -----------------------------------------------------------------------


def _calls(application: Application) -> QuerySet[OfficeTask]:
    links = SigningLink.objects.filter(placement__application=application)
    return OfficeTask.objects.filter(kind=CALL_TASK, source__in=[key_of(link) for link in links])


def _withdrawn(application: Application, by: User) -> None:
    office_tasks.drop_all(_calls(application), by=by)


def _withdrawal_undone(application: Application, by: User) -> None:
    newest = _calls(application).order_by("-opened_at", "-pk").values_list("pk", flat=True)[:1]
    link = SigningLink.objects.filter(placement__application=application, stopped_at=None).first()
    if link and not link.has_address:
        office_tasks.reopen(list(newest), by=by)


WITHDRAWN = Follower(_withdrawn, _withdrawal_undone, lambda _application: [])
