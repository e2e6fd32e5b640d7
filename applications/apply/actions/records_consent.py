"""The student signs, or takes back, that the home college may tell the city about their enrollment (docs/adr/0012)."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from applications.base.consents import ASKED_IN
from applications.models import Application, Endorsement, RecordsConsent, WithheldEndorsement
from applications.states import Status
from exchange.base import audit, office_tasks
from exchange.base.codes import key_of
from exchange.base.errors import RuleViolation
from exchange.models import ConsentText, User


@transaction.atomic
def sign(application: Application, *, typed_name: str, by: User) -> RecordsConsent:
    """Sign the current words, for the current college. A second call changes nothing; older signatures end.

    RuleViolation: not_own, not_now, no_college, no_name, no_words.
    """
    locked = _lock(application, by)
    if locked.status not in ASKED_IN:
        raise RuleViolation("not_now", _("Your application isn’t under review, so there’s nothing to sign."))
    if locked.college_id is None:
        raise RuleViolation("no_college", _("Choose your college first. Then you can sign."))
    if not typed_name.strip():
        raise RuleViolation("no_name", _("Type your full name to sign."))
    text = ConsentText.objects.filter(key=ConsentText.COLLEGE_RECORDS, is_current=True).first()
    if text is None:
        raise RuleViolation("no_words", _("There’s nothing to sign yet. We’ll ask you later."))
    now = timezone.now()
    before = locked.records_consents.in_force().first()
    if before and (before.text_id, before.college_id) == (text.pk, locked.college_id):
        return before
    if before:
        before.replaced_at = now
        before.save(update_fields=["replaced_at"])
    consent = RecordsConsent.objects.create(
        application=locked,
        college_id=locked.college_id,
        text=text,
        language=(get_language() or "en")[:2],
        typed_name=typed_name.strip(),
        signed_at=now,
    )
    changes = {"version": text.version, "language": consent.language, "college": consent.college.code}
    audit.record("records_consent.sign", locked, by=by, changes=changes)
    return consent


@transaction.atomic
def withdraw(application: Application, *, by: User) -> bool:
    """Withdraw your permission. What the college said is sealed and leaves every page at once; scores and results stay.

    Also for what a college said before students were asked. Returns whether there was anything to take back; a second
    call changes nothing. RuleViolation: not_own.
    """
    locked = _lock(application, by)
    consent = locked.records_consents.in_force().first()
    endorsement = Endorsement.objects.filter(application=locked).first()
    if consent is None and endorsement is None:
        return False
    if consent:
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
    if endorsement:
        withheld = WithheldEndorsement.of(endorsement)
        withheld.save()
        endorsement.delete()
        _ask_the_office(locked, withheld)
    changes = {"had_answer": endorsement is not None, "had_signed": consent is not None}
    audit.record("records_consent.withdraw", locked, by=by, changes=changes)
    return True


def _ask_the_office(application: Application, withheld: WithheldEndorsement) -> None:
    """While the result isn't out, somebody has to look at the application, and its decision, without that answer."""
    if application.status in (*ASKED_IN, Status.WAITLISTED):
        office_tasks.open(
            f"consent-withdrawn:{application.code}:{withheld.pk}",
            "applications.consent_withdrawn",
            due_on=timezone.localdate(),
            about=key_of(application),
            path=application.get_absolute_url(),
            person=application.student,
        )


def _lock(application: Application, by: User) -> Application:
    locked = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if locked.student_id != by.pk:
        raise RuleViolation("not_own", _("Only the student can sign or withdraw this permission."))
    return locked
