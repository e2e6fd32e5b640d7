"""Whether a person has signed in within minutes, for pages that must not open on an unattended phone."""

from datetime import UTC, datetime, timedelta

from allauth.account.internal.flows.login import get_authentication_records
from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from exchange.web.shortcuts import me

FRESH = timedelta(minutes=15)


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in or reauthenticated in this session within FRESH."""
    user = me(request)
    moments = [datetime.fromtimestamp(each["at"], UTC) for each in get_authentication_records(request, user)]
    session = UserSession.objects.filter(user=user, session_key=request.session.session_key or "").first()
    if session:
        moments.append(session.created_at)
    return any(timezone.now() - moment < FRESH for moment in moments)
