"""What happened in people's accounts, in words: for the person, and for the office that looks into a complaint."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from exchange.base import roles
from exchange.models import Event, GrantKind, Invitation, User
from exchange.people.account import events as account_events
from exchange.people.searching import people_called
from exchange.templatetags import devices

type Words = str | Promise

TITLES: dict[str, Words] = {
    account_events.SIGNED_IN: gettext_lazy("Signed in"),
    account_events.WRONG_CODE: gettext_lazy("Wrong code entered"),
    account_events.SIGNED_OUT: gettext_lazy("Signed out"),
    account_events.OTHERS_ENDED: gettext_lazy("Signed out on all other devices"),
    account_events.SESSION_EXTENDED: gettext_lazy("Stayed signed in"),
    "person.end_sessions": gettext_lazy("Signed out on all devices"),
    account_events.FACTOR_ADDED: gettext_lazy("Second step added"),
    account_events.FACTOR_REMOVED: gettext_lazy("Second step removed"),
    account_events.CODES_RENEWED: gettext_lazy("New recovery codes created"),
    account_events.EMAIL_CHANGED: gettext_lazy("Email address changed"),
    "person.set_phone": gettext_lazy("Phone number entered"),
    "person.sign_up": gettext_lazy("Account created"),
    "person.update_profile": gettext_lazy("Name or language changed"),
    "person.set_language": gettext_lazy("Language changed"),
    "account.reset_asked": gettext_lazy("Reset requested"),
    "account.reset_done": gettext_lazy("Reset done"),
    "account.reset_cancelled": gettext_lazy("Reset canceled"),
    "account.merge_asked": gettext_lazy("Merging with another account requested"),
    "account.merge_done": gettext_lazy("Merged with another account"),
    "account.merge_cancelled": gettext_lazy("Merging canceled"),
    "account.merge_undone": gettext_lazy("Merging undone"),
    "admin.change": gettext_lazy("Account changed by the office"),
    "role.grant": gettext_lazy("Role added"),
    "role.end": gettext_lazy("Role ended"),
    "role.move": gettext_lazy("Moved to another college"),
    "role.undo": gettext_lazy("Role given back"),
}
INVITATION_TITLES: dict[str, Words] = {
    "invitation.invite": gettext_lazy("Invited"),
    "invitation.send_again": gettext_lazy("Sent again"),
    "invitation.accept": gettext_lazy("Accepted"),
    "invitation.end": gettext_lazy("Ended"),
}
FACTORS: dict[str, Words] = {
    "webauthn": gettext_lazy("passkey"),
    "totp": gettext_lazy("app for sign-in codes"),
    "recovery_codes": gettext_lazy("recovery code"),
    "college": gettext_lazy("college account"),
    "email": gettext_lazy("code by email"),
    "text": gettext_lazy("code by text"),
    "code": gettext_lazy("code by email or text"),
}
RESETS: dict[str, Words] = {
    "factor": gettext_lazy("second step"),
    "email": gettext_lazy("email address"),
    "phone": gettext_lazy("phone number"),
}
FACTOR_TITLES: dict[tuple[str, str], Words] = {
    (account_events.FACTOR_ADDED, "webauthn"): gettext_lazy("Passkey added"),
    (account_events.FACTOR_ADDED, "totp"): gettext_lazy("App for sign-in codes added"),
    (account_events.FACTOR_ADDED, "recovery_codes"): gettext_lazy("Recovery codes created"),
    (account_events.FACTOR_REMOVED, "webauthn"): gettext_lazy("Passkey removed"),
    (account_events.FACTOR_REMOVED, "totp"): gettext_lazy("App for sign-in codes removed"),
    (account_events.FACTOR_REMOVED, "recovery_codes"): gettext_lazy("Recovery codes removed"),
}
REASONS: dict[str, Words] = {
    "idle": gettext_lazy("the page wasn’t used for a while"),
    "time": gettext_lazy("time to sign in again"),
    "role granted": gettext_lazy("a role was added"),
    "role changed": gettext_lazy("a role was changed"),
    "role ended": gettext_lazy("a role was removed"),
    "account changed": gettext_lazy("the account was corrected"),
    "ended by the office": gettext_lazy("to keep the account safe"),
    "account reset": gettext_lazy("after a reset"),
    "accounts merged": gettext_lazy("two accounts became one"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    at: datetime
    title: Words
    details: list[str]
    by: str  # "" for the person's own doing, and for what nobody did
    person: User | None = None
    note: str = ""  # what the office wrote, for the office


def of_accounts() -> QuerySet[Event]:
    return Event.objects.filter(target_model=User._meta.label_lower, action__in=TITLES)


def own(user: User) -> QuerySet[Event]:
    """What happened in this account and in those that were merged into it, newest first."""
    return of_accounts().filter(target_id__in=user.account_keys).select_related("by").order_by("-at", "-pk")


def of_invitation(invitation: Invitation) -> list[Happening]:
    """What became of one invitation, newest first."""
    events = Event.objects.filter(target_model=Invitation._meta.label_lower, target_id=invitation.pk)
    found = events.select_related("by").order_by("-at", "-pk")
    return [
        Happening(each.at, INVITATION_TITLES[each.action], [], str(each.by or ""))
        for each in found
        if each.action in INVITATION_TITLES
    ]


def visible_to(user: User | AnonymousUser) -> QuerySet[Event]:
    """What happened in all accounts, for those who look after them; nothing for anyone else."""
    return of_accounts() if roles.looks_after_accounts(user) else Event.objects.none()


def search(events: QuerySet[Event], *, who: str = "", kind: str = "", day: date | None = None) -> QuerySet[Event]:
    """Those about people with this name, email or number, of this action, on this local day."""
    if who:
        events = events.filter(target_id__in=people_called(who).values("pk"))
    if kind:
        events = events.filter(action=kind)
    if day:
        start = timezone.make_aware(datetime.combine(day, time.min))
        events = events.filter(at__gte=start, at__lt=start + timedelta(days=1))
    return events.select_related("by").order_by("-at", "-pk")


def in_words(events: list[Event], *, shows_people: bool = False) -> list[Happening]:
    """For a page. One query more if it shows whose account each was."""
    people = User.objects.in_bulk({event.target_id for event in events}) if shows_people else {}
    return [
        Happening(event.at, _title(event), _details(event), _by(event), people.get(event.target_id), _note(event))
        for event in events
    ]


def _title(event: Event) -> Words:
    if event.action == "person.set_phone" and event.changes.get("is_verified"):
        return _("Phone number confirmed")
    return FACTOR_TITLES.get((event.action, event.changes.get("method", "")), TITLES[event.action])


def _details(event: Event) -> list[str]:
    changes = event.changes
    found: list[Words] = [FACTORS[method] for method in changes.get("methods", []) if method in FACTORS]
    if event.action == account_events.WRONG_CODE and changes.get("method") in FACTORS:
        found.append(FACTORS[changes["method"]])
    if kind := RESETS.get(changes.get("kind", "")):
        found.append(kind)
    if changes.get("role") in GrantKind.values:
        found.append(GrantKind(changes["role"]).label)
    found += [changes[name] for name in ("college", "to") if changes.get(name)]
    for reason in (event.reason, changes.get("why", "")):
        if reason in REASONS:
            found.append(REASONS[reason])
    if count := changes.get("count", 0):
        found.append(ngettext("%(count)s device", "%(count)s devices", count) % {"count": count})
    if "browser" in changes:
        found.append(devices.in_words(changes["browser"], changes["system"]))
    return [str(each) for each in found]


def _by(event: Event) -> str:
    if not event.by_id or event.by_id == event.target_id:
        return ""
    return str(event.by)


def _note(event: Event) -> str:
    return event.reason if event.action == "account.reset_asked" else ""
