"""Invites the first people of an installation: the coordinator of the office, and the technical owner."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.base.errors import RuleViolation
from exchange.models import GrantKind, Invitation, Language
from exchange.people.roles import invitations

# no college is needed for these
KINDS = [kind.value for kind in (GrantKind.COORDINATOR, GrantKind.DIRECTOR, GrantKind.OWNER)]


class Command(BaseCommand):
    help = (
        "Invite the first coordinator, or with --as owner the technical owner. The link is emailed and printed; it "
        "works for whoever can read a code at that address. Run it again to get a link that works longer. It also "
        "sends a test message, and says what came of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="Of the person who is invited.")
        parser.add_argument("--as", dest="kind", choices=KINDS, default=GrantKind.COORDINATOR.value)
        parser.add_argument("--name", default="", help="For the greeting.")
        parser.add_argument("--language", choices=Language.values, default=Language.ENGLISH.value)

    def handle(self, *, email: str, kind: str, name: str, language: str, **options: Any) -> None:
        address = email.strip().lower()
        open_one = Invitation.objects.open().filter(email=address, kind=kind).first()
        try:
            if open_one:
                invitation = invitations.send_again(open_one, by=None)
            else:
                invitation = invitations.invite(address, kind, name=name, language=language, by=None)
        except RuleViolation as violation:
            raise CommandError(violation.message) from None
        self.stdout.write(f"{address} is invited as {kind} until {invitation.expires_at:%Y-%m-%d}:\n{invitation.link}")
        if not settings.DEMO:
            self.stdout.write(_try_mail(address))


def _try_mail(address: str) -> str:
    """Sends a message of its own, past the queue, because only the mail server can say what it takes."""
    text = "This message shows that the exchange portal's emails arrive. The invitation comes in one of its own."
    try:
        EmailMessage("A test of the exchange portal", text, to=[address]).send()
    except Exception as error:  # noqa: BLE001 -- whatever a mail server or a provider's library raises
        return (
            f"A test message to {address} was NOT sent: {error}\nUntil that works, nobody gets an email. Look at "
            "EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER and DEFAULT_FROM_EMAIL in the environment, and at the log of the "
            "mail server. Then run this again."
        )
    return f"A test message to {address} was taken by the mail server. If it doesn't arrive, look at that server's log."
