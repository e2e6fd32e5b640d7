"""Two open invitations: a new advisor who was emailed, and a former traveler who is asked to read."""

from exchange.models import College, GrantKind, User
from exchange.people.roles import invitations


def write(colleges: dict[str, College], *, by: User) -> None:
    """Through the action, as the office would. `colleges` by code."""
    college = colleges[min(colleges)]
    invitations.invite(
        "teresa.quintanilla@example.edu", GrantKind.ADVISOR, college=college, name="Teresa Quintanilla", by=by
    )
    invitations.invite("joon.bae@example.com", GrantKind.READER, name="Joon Bae", language="es", is_sent=False, by=by)
