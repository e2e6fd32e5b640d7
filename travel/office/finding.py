"""One search over everyone whom someone of staff may see: students by their applications, and people with a role."""

from dataclasses import dataclass

from django.urls import reverse

from applications.base.searching import found_by, newest_of_each
from applications.models import Application
from exchange.base import roles
from exchange.models import Invitation, User
from exchange.people import who

MOST = 20  # of each: who sees more than that types another word


@dataclass(frozen=True, slots=True)
class Found:
    """`students`: the newest application of each, by name. `has_more`: there are more than the MOST that are shown."""

    students: list[Application]
    people: list[User]
    invited: list[Invitation]  # nobody has accepted them yet
    has_more: bool

    @property
    def only(self) -> str:
        """The address of the one that was found; "" if it isn't one."""
        pages = [each.get_absolute_url() for each in self.students[:2]]
        pages += [reverse("person-detail", args=[each.code]) for each in self.people[:2]]
        pages += [each.get_absolute_url() for each in self.invited[:2]]
        return pages[0] if len(pages) == 1 else ""


def find(typed: str, user: User) -> Found:
    """Four queries. Whoever looks finds their own roles, but no application of their own."""
    students: list[Application] = []
    if typed and (roles.is_coordinator(user) or roles.is_advisor(user)):
        seen = Application.objects.visible_to(user).exclude(student=user).filter(found_by(typed, user))
        students = newest_of_each(seen, MOST + 1)
    people: list[User] = []
    invited: list[Invitation] = []
    if typed and roles.looks_after_accounts(user):
        people = list(who.active(who.Filters(q=typed)).order_by("full_name", "pk")[: MOST + 1])
        invited = list(who.invited(user, who.Filters(q=typed)).order_by("name", "email")[: MOST + 1])
    has_more = max(len(students), len(people), len(invited)) > MOST
    return Found(students[:MOST], people[:MOST], invited[:MOST], has_more)
