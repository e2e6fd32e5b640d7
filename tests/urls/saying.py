"""Addresses of what the office and advisors say: messages to groups."""

from applications.models import GroupMessage, GroupRecipient
from tests.urls import L

STAFF = (L, 403, 403, 200, 200, 200, 403)
# written by the office: an advisor sees only their own
OF_THE_OFFICE = (L, 403, 403, 404, 404, 200, 403)

SAYING_TABLE = [
    ("travel:group-message-list", "GET", STAFF),
    ("travel:group-message-new", "GET", STAFF),
    ("travel:group-message-detail", "GET", OF_THE_OFFICE),
    ("travel:group-message-edit", "GET", OF_THE_OFFICE),
    ("travel:group-message-confirm", "POST", (L, 403, 403, 404, 404, 200, 403)),
    ("travel:group-message-call-off", "POST", (L, 403, 403, 404, 404, 302, 403)),
]
SAYING_NAMES = {name.removeprefix("travel:") for name, _method, _expected in SAYING_TABLE}


def saying_arguments(short, world):
    if short in ("group-message-list", "group-message-new"):
        return {}
    office, sent = world["people"]["coordinator"], world["sent"]
    group = GroupMessage.objects.create(author=office, query=f"q={sent.code}", body_en="Bring your card.")
    GroupRecipient.objects.create(group=group, application=sent, language="en")
    return {"code": group.code}
