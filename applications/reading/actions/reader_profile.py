"""Each reader's limits: how many files, in which languages, and whether they take new ones at all."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from applications.base import edit_lock
from applications.models import ReaderProfile
from exchange.base import audit, roles
from exchange.base.errors import RuleViolation
from exchange.models import User
from exchange.people.sign_in import accounts

FIELDS = ("reads_spanish", "reads_most", "is_reading")


def fingerprint(profile: ReaderProfile | None) -> str:
    """What a form carries of the profile it was opened with, if there was one."""
    return edit_lock.fingerprint(profile, FIELDS) if profile else "none"


@transaction.atomic
def save_profile(
    reader: User, *, reads_spanish: bool, reads_most: int | None, is_reading: bool, by: User, seen: str = ""
) -> ReaderProfile:
    """Save a reader's limits. `reads_most`: files in one cycle; None: the default. Released assignments stay.

    `seen`: `fingerprint` as the form was opened; "" checks nothing. RuleViolation: office_decides (office staff don't
    read), changed_meanwhile.
    """
    reader = User.objects.select_for_update(of=("self",)).get(pk=reader.pk)
    if roles.is_coordinator(reader):
        raise RuleViolation("office_decides", _("The office makes the decisions, so office staff can’t be readers."))
    said = {"reads_spanish": reads_spanish, "reads_most": reads_most, "is_reading": is_reading}
    profile = ReaderProfile.objects.filter(user=reader).first() or ReaderProfile(user=reader)
    changed = {name: value for name, value in said.items() if getattr(profile, name) != value}
    if profile.pk and not changed:
        return profile
    edit_lock.check(seen, fingerprint(profile if profile.pk else None))
    for name, value in said.items():
        setattr(profile, name, value)
    is_new = profile.pk is None
    profile.saved_at, profile.saved_by = timezone.now(), by
    profile.save()
    audit.record("review.save_reader", reader, by=by, changes=changed)
    if is_new and not roles.is_staff_role(reader):  # no session is older than what it may open: students' files
        accounts.end_sessions(reader, by=by, reason="role granted")
    return profile


@transaction.atomic
def add_reader(email: str, *, by: User) -> User:
    """Make somebody with an account a reader who is not an advisor, such as a former traveler. A second call changes
    nothing.

    RuleViolation: unknown_person, office_decides.
    """
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise RuleViolation(
            "unknown_person",
            _("No account uses %(email)s. Ask them to create one first.") % {"email": email},
        )
    profile = ReaderProfile.objects.filter(user=person).first()
    if profile is None or not profile.is_reading:
        save_profile(
            person,
            reads_spanish=bool(profile and profile.reads_spanish),
            reads_most=profile.reads_most if profile else None,
            is_reading=True,
            by=by,
        )
    return person
