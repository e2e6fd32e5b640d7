"""Which addresses are a person's own, and whether two accounts may belong to two people. Reads only.

Asked wherever an address must be somebody else's, and wherever one person alone may not decide. A mailbox is compared,
not its spelling: Ana.Lopez+city@gmail.com and analopez@googlemail.com are read by one person.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.db.models import Q
from django.utils.translation import gettext as _

from exchange.models import AccountReset, Invitation, User

# the mail services that ignore dots in a name; elsewhere a dot can be another person's
WITHOUT_DOTS = frozenset({"gmail.com", "googlemail.com"})
SAME_SERVICE = {"googlemail.com": "gmail.com"}


def mailbox(email: str) -> str:
    """The address that its mail arrives at: without case, what follows a plus sign, and dots where they're ignored."""
    name, at, domain = email.strip().casefold().rpartition("@")
    if not at:
        return ""
    name = name.partition("+")[0] or name
    if domain in WITHOUT_DOTS:
        name = name.replace(".", "")
    return f"{name}@{SAME_SERVICE.get(domain, domain)}"


def mailboxes_of(person: User) -> set[str]:
    """Every one that this account or one merged into it has or had, confirmed or not."""
    keys = person.account_keys
    accounts = User.objects.filter(pk__in=keys).values_list("email", flat=True)
    others = EmailAddress.objects.filter(user__in=keys).values_list("email", flat=True)
    replaced = AccountReset.objects.filter(user__in=keys, kind=AccountReset.Kind.EMAIL)
    given = (*accounts, *others, *replaced.values_list("new_address", flat=True))
    return {mailbox(each) for each in given if each} - {""}


def phones_of(person: User) -> set[str]:
    """Every number that this account or one merged into it has or had, in E.164."""
    keys = person.account_keys
    accounts = [phone.as_e164 for phone in User.objects.filter(pk__in=keys).values_list("phone", flat=True) if phone]
    replaced = AccountReset.objects.filter(user__in=keys, kind=AccountReset.Kind.PHONE)
    return {*accounts, *replaced.values_list("new_address", flat=True)} - {""}


def is_own(person: User, *, email: str = "", phone: str = "") -> bool:
    """Whether either reaches this person themselves. `phone`: E.164."""
    return mailbox(email) in mailboxes_of(person) or phone in phones_of(person)


def why_one(one: User, other: User) -> str:
    """Why the two accounts may be one person's, as a code: same, mailbox, phone, factor. "" if nothing says so."""
    if set(one.account_keys) & set(other.account_keys):
        return "same"
    if mailboxes_of(one) & mailboxes_of(other):
        return "mailbox"
    if phones_of(one) & phones_of(other):
        return "phone"
    return "factor" if _factors_of(one) & _factors_of(other) else ""


def may_be_one(one: User, other: User) -> bool:
    return bool(why_one(one, other))


def why_not_second(first: User, second: User) -> str:
    """In a sentence, for the second: they may be one, or one of them brought the other in. "" where they may be."""
    pair = Q(invited_by=first, accepted_by=second) | Q(invited_by=second, accepted_by=first)
    code = why_one(first, second) or ("invited" if Invitation.objects.filter(pair).exists() else "")
    return _why(code) if code else ""


def _why(code: str) -> str:
    return {
        "same": _("This takes two people, and both accounts are yours. Ask a colleague."),
        "mailbox": _("This takes two people, and both accounts use the same mailbox. Ask another colleague."),
        "phone": _("This takes two people, and both accounts use the same phone. Ask another colleague."),
        "factor": _("This takes two people, and both accounts use the same second step. Ask another colleague."),
        "invited": _("This takes two people, and one of you invited the other. Ask another colleague."),
    }[code]


def _factors_of(person: User) -> set[str]:
    """What only one app or one passkey has. Recovery codes prove nothing: they are on paper."""
    rows = Authenticator.objects.filter(user__in=person.account_keys).values_list("type", "data")
    secrets = {f"totp:{decrypt(data['secret'])}" for kind, data in rows if kind == Authenticator.Type.TOTP}
    keys = {f"passkey:{data['credential'].get('id', '')}" for kind, data in rows if kind == Authenticator.Type.WEBAUTHN}
    return secrets | keys - {"passkey:"}
