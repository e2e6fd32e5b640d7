"""Actions of people on their own account. Each writes its change and the event in one transaction."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from exchange.base import audit
from exchange.models import User


@transaction.atomic
def sign_up(user: User, *, email: str, phone: str, preferred_name: str, language: str) -> User:
    """Save a new person with one unconfirmed address. IntegrityError if somebody else has it."""
    if phone:
        _free_number(phone, user)
    user.email, user.phone = email or None, phone or None
    user.preferred_name, user.language = preferred_name, language
    user.set_unusable_password()
    user.save()
    audit.record("person.sign_up", user, by=user)
    return user


@transaction.atomic
def update_profile(user: User, *, full_name: str, preferred_name: str, language: str) -> User:
    new = {"full_name": full_name, "preferred_name": preferred_name, "language": language}
    return _change(user, "person.update_profile", new)


@transaction.atomic
def set_language(user: User, language: str) -> User:
    return _change(user, "person.set_language", {"language": language})


@transaction.atomic
def set_phone(user: User, phone: str, *, is_verified: bool) -> User:
    """Give the person this number. Anyone else who has it unconfirmed, and also has an email, loses it."""
    _free_number(phone, user)
    is_same = bool(user.phone) and user.phone.as_e164 == phone
    confirmed_before = user.phone_verified_at if is_same else None
    user.phone = phone
    user.phone_verified_at = (confirmed_before or timezone.now()) if is_verified else None
    user.save(update_fields=["phone", "phone_verified_at"])
    audit.record("person.set_phone", user, by=user, changes={"is_verified": is_verified})
    return user


@transaction.atomic
def end_sessions(user: User, *, by: User | None, reason: str) -> None:
    """Sign the person out everywhere, because what they may do has changed.

    Sessions are bound to the password column, which holds no password: a new random value ends those without a row of
    allauth's, too.
    """
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions = UserSession.objects.filter(user=user)
    audit.record("person.end_sessions", user, by=by, reason=reason, changes={"count": len(sessions)})
    for session in sessions:
        session.end()


def _change(user: User, action: str, new: dict[str, Any]) -> User:
    changed = [name for name, value in new.items() if getattr(user, name) != value]
    if not changed:
        return user
    for name in changed:
        setattr(user, name, new[name])
    user.save(update_fields=changed)
    audit.record(action, user, by=user, changes={"fields": changed})
    return user


def _free_number(phone: str, user: User) -> None:
    # A number that was typed but never confirmed may belong to somebody else, who must be able to use it. An account
    # with no other address keeps it, because otherwise it could not be reached at all.
    others = User.objects.filter(phone=phone, phone_verified_at=None, email__isnull=False).exclude(pk=user.pk)
    others.update(phone=None)
