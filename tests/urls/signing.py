"""Addresses of the forms that people sign, for students, guests and the office; and of links for family."""

import datetime as dt

from django.core.files.base import ContentFile
from django.utils import timezone

from tests.factories import UserFactory
from tests.factories_applications import CycleFactory
from tests.factories_travel import ContactFactory, FormTextFactory, PlacementFactory, SigningLinkFactory, travel_facts
from tests.urls import COORDINATOR, COORDINATOR_ACT, OWNER, OWNER_ACT, PUBLIC, L
from travel.models import Clearance, FamilyLink, SignedForm

OF_GUESTS = ("signing-list", "signing-form", "signing-withdraw", "signing-file")
SETUP = ("form-text-add", "form-text-edit", "form-text-publish", "form-text-version", "form-text-discard")

SIGNING_TABLE = [
    ("travel:form-list", "GET", OWNER),
    ("travel:form-sign", "GET", OWNER),
    ("travel:form-withdraw", "POST", OWNER_ACT),
    ("travel:guardian", "GET", (L, 302, 404, 403, 404, 403, 404)),  # nobody has to sign for someone of age
    ("travel:guardian-send", "POST", OWNER_ACT),
    ("travel:guardian-end", "POST", OWNER_ACT),
    ("travel:guardian-call", "GET", COORDINATOR),
    ("travel:signed-file", "GET", (L, 200, 404, 404, 404, 200, 404)),
    ("travel:trip-forms", "GET", COORDINATOR),
    ("travel:trip-leaders", "GET", COORDINATOR),
    ("travel:clearance", "GET", COORDINATOR),
    ("travel:clearance-ask", "POST", COORDINATOR_ACT),
    ("travel:leader-assign", "POST", COORDINATOR_ACT),
    ("travel:leader-take-off", "POST", COORDINATOR_ACT),
    ("travel:clearance-take-back", "POST", COORDINATOR_ACT),
    ("travel:signing-list", "GET", PUBLIC),
    ("travel:signing-form", "GET", PUBLIC),
    ("travel:signing-withdraw", "POST", (302,) * 7),
    ("travel:signing-file", "GET", PUBLIC),
    ("travel:family-page", "GET", PUBLIC),
    ("travel:family-worker", "GET", PUBLIC),
    ("travel:family-links", "GET", OWNER),
    ("travel:family-link", "GET", OWNER),
    ("travel:family-link-replace", "POST", OWNER_ACT),
    ("travel:family-link-end", "POST", OWNER_ACT),
    ("travel:form-text-add", "GET", COORDINATOR),
    ("travel:form-text-edit", "GET", COORDINATOR),
    ("travel:form-text-publish", "GET", COORDINATOR),
    ("travel:form-text-version", "POST", COORDINATOR_ACT),
    ("travel:form-text-discard", "POST", COORDINATOR_ACT),
]
SIGNING_NAMES = {name.removeprefix("travel:") for name, _method, _expected in SIGNING_TABLE}


def signing_arguments(short, placement):
    travel_facts()
    if short in SETUP:
        cycle = CycleFactory()
        more = {} if short == "form-text-add" else {"text": FormTextFactory(cycle=cycle, draft=True).code}
        return {"code": cycle.code} | more
    if short in ("trip-forms", "trip-leaders"):
        return {"code": placement.trip.code}
    if short.startswith(("clearance", "leader-")):
        leader = ContactFactory(host=None, trip=placement.trip)
        is_row = short == "clearance-take-back"
        if is_row:
            seen_by = UserFactory(coordinator=True)
            Clearance.objects.create(contact=leader, kind="check", done_on=timezone.localdate(), seen_by=seen_by)
        return {"code": leader.code} | ({"kind": "check"} if is_row else {})
    if short in OF_GUESTS:
        return _of_a_leader(short)
    if short.startswith("family-"):
        link = FamilyLink.objects.create(
            placement=placement,
            label="Mom",
            language="en",
            parts=["dates"],
            expires_at=timezone.now() + dt.timedelta(days=9),
        )
        more = {} if short == "family-links" else {"link": link.code}
        if short == "family-worker":
            return {}
        return {"token": link.link} if short == "family-page" else {"code": placement.code} | more
    text = FormTextFactory(cycle=placement.trip.cycle, is_optional=True)
    if short == "signed-file":
        return {"code": _signed(text, placement=placement, signed_as="student").code}
    if short == "form-withdraw":
        _signed(text, placement=placement, signed_as="student")
    return {"code": placement.code} | ({"key": text.key} if short in ("form-sign", "form-withdraw") else {})


def _of_a_leader(short):
    trip = PlacementFactory().trip
    text = FormTextFactory(cycle=trip.cycle, signer="leader")
    leader = ContactFactory(host=None, trip=trip)
    link = SigningLinkFactory(placement=None, contact=leader, name="", email="")
    if short == "signing-file":
        _signed(text, contact=leader, signed_as="contact")
    return {"token": link.link} | ({} if short == "signing-list" else {"key": text.key})


def _signed(text, **more):
    row = SignedForm.objects.create(text=text, language="en", typed_name="Ana", text_hash="0" * 64, **more)
    row.file.save("file", ContentFile(b"%PDF-1.7"), save=False)  # as the worker stores it
    row.file_hash, row.filed_at = "0" * 64, timezone.now()
    row.save()
    return row
