"""Addresses of reflections, photos and follow-on projects."""

from tests.alumni import agreed, asked
from tests.factories_travel import PROMPTS
from tests.travel.stories import photo_of, project_of, quoted, told
from tests.urls import COORDINATOR, COORDINATOR_ACT, OWNER, PUBLIC, L
from travel.models import (
    AlumniConsent,
    BadgeKey,
    Certificate,
    FollowOnProject,
    Photo,
    Reflection,
    ReflectionPrompt,
    Story,
)
from travel.reflection import badges

BADGES = ("badge-keys", "badge-key", "badge-issuer", "badge-achievement", "badge-revoked")
ANSWERS = ("reflection-write", "reflection-share")
NOT_YET = (L, 404, 404, 403, 404, 403, 404)  # nothing is written
READERS = (L, 200, 404, 200, 404, 200, 404)

REFLECTING_TABLE = [
    *((f"travel:{name}", "GET", OWNER) for name in ANSWERS),
    # by script: JSON in place of the sign-in page, and an empty message can't be read
    ("travel:reflection-save", "POST", (401, 400, 404, 403, 404, 403, 404)),
    *((f"travel:{name}", "POST", NOT_YET) for name in ("reflection-photo", "reflection-take-back")),
    ("travel:photo-file", "GET", READERS),
    ("travel:photo-remove", "POST", (L, 302) + (404,) * 5),  # the owner, who comes first, removes it
    ("travel:story-list", "GET", COORDINATOR),
    ("travel:story-words", "GET", COORDINATOR),
    *((f"travel:{name}", "POST", COORDINATOR_ACT) for name in ("story-act", "story-add")),
    ("travel:story-approve", "GET", (L, 200, 404, 404, 404, 403, 404)),
    ("travel:story-picture", "GET", (404,) * 7),  # nothing is published
    ("travel:survey", "GET", OWNER),
    ("travel:survey-save", "POST", (401, 400, 404, 403, 404, 403, 404)),
    ("travel:certificate", "GET", (L, 200, 404, 403, 404, 200, 404)),
    *((f"travel:certificate-{name}", "GET", (L, 200, 404, 404, 404, 200, 404)) for name in ("pdf", "badge")),
    # without a reason the page says so
    ("travel:certificate-revoke", "POST", (L, 403, 403, 403, 403, 200, 403)),
    *((f"travel:{name}", "GET", PUBLIC) for name in ("certificate-verify", *BADGES)),
    ("travel:alumni-own", "GET", OWNER),
    ("travel:alumni-list", "GET", COORDINATOR),
    ("travel:alumni-ask", "GET", (L, 403, 403, 403, 403, 302, 403)),  # nobody is chosen
    ("travel:alumni-take-back", "POST", COORDINATOR_ACT),
    ("travel:alumni-link", "GET", PUBLIC),
    ("travel:project-list", "GET", (L, 403, 403, 200, 200, 200, 403)),
    ("travel:project-detail", "GET", READERS),
    ("travel:project-photo", "POST", (L, 200, 404, 403, 404, 403, 404)),
]
REFLECTING_NAMES = {name.removeprefix("travel:") for name, _method, _expected in REFLECTING_TABLE}


def reflecting_arguments(short, placement):
    if short in ("badge-keys", "badge-issuer", "badge-revoked"):
        return {}
    if short == "badge-achievement":
        return {"code": placement.application.cycle.code}
    if short in ("alumni-list", "alumni-ask"):
        return {}
    if short in ("alumni-link", "alumni-take-back"):
        there = AlumniConsent.objects.filter(placement=placement).first()
        consent = there or agreed(placement)
        if short == "alumni-link":
            return {"token": consent.link}
        return {"code": (consent.asks.first() or asked(consent)).code}
    if short in ("alumni-own", "certificate", "survey", "survey-save"):
        return {"code": placement.code}
    if short.startswith(("badge-", "certificate-")):
        public, pem = badges.new_key("k1")
        key = BadgeKey.objects.get_or_create(kid="k1", defaults={"public": public, "private": {"pem": pem}})[0]
        words = {"key": key, "name": "Ana", "language": "en", "token": "x"}
        certificate = Certificate.objects.get_or_create(placement=placement, defaults=words)[0]
        return {"kid": key.kid} if short == "badge-key" else {"code": certificate.code}
    if short in ("project-list", "story-list"):
        return {}
    if short.startswith("story-"):
        prompt = ReflectionPrompt.objects.get(cycle=placement.trip.cycle_id, key=PROMPTS[0]["key"])
        there = Reflection.objects.filter(placement=placement, prompt=prompt).first()
        reflection = there or quoted(placement, kinds=("quote",), prompt=prompt)
        if short == "story-add":
            return {"code": placement.code, "prompt": prompt.key}
        story = Story.objects.filter(reflection=reflection).first()
        return {"code": (story or told(reflection, approved=False)).code}
    if short.startswith("reflection-"):
        return {"code": placement.code, "prompt": PROMPTS[0]["key"]}
    project = FollowOnProject.objects.filter(placement=placement).first() or project_of(placement)
    if short.startswith("project-"):
        return {"code": placement.code}
    photo = Photo.objects.filter(project=project).first() or photo_of(project)
    return {"code": photo.code}
