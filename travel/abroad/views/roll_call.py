"""The roll call: taps of leaders, from a form or from a phone that had no signal, and where everyone stands."""

import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone

from travel.abroad.account import beside_the_roll_call
from travel.abroad.actions import roll_call as actions
from travel.abroad.actions.roll_call import Sent
from travel.abroad.leading import Leading, for_leaders
from travel.abroad.roll_call import Mark, Standing
from travel.models import Placement, RollCall

TAPS_MAX = 2000  # of one request
FIRST = (Mark.MISSING, Mark.CONFLICT)


@dataclass(frozen=True, slots=True)
class Line:
    """`also`: what an open check-in knows of this traveler."""

    placement: Placement
    standing: Standing
    also: str = ""

    @property
    def keys(self) -> str:
        return ",".join(tap.key for tap in self.standing.taps)


@dataclass(frozen=True, slots=True)
class Board:
    """One roll call. `number` and `on` count also when nobody has tapped yet. `zone`: name of the clock there."""

    on: date
    number: int
    lines: list[Line]
    zone: str

    @property
    def here(self) -> int:
        return sum(each.standing.mark == Mark.HERE for each in self.lines)

    @property
    def to_find(self) -> str:
        """Names of those who aren't here, or of whom leaders disagree."""
        return ", ".join(str(each.placement.application.student) for each in self.lines if each.standing.mark in FIRST)


def board_of(leading: Leading, on: date | None = None, number: int | None = None) -> Board:
    """That roll call, or the last one of today by the calendar there; who is to be found comes first.

    Four queries, six while a check-in is open.
    """
    zone = leading.trip.city.zone
    on = on or timezone.localdate(timezone=zone)
    calls = RollCall.objects.filter(trip=leading.trip, on=on)
    call = (calls.filter(number=number) if number else calls).first()
    travelers = list(leading.travelers())
    found = actions.standings(call, travelers) if call else {}
    also = beside_the_roll_call([each.pk for each in travelers], zone)
    lines = [Line(each, found.get(each.pk, Standing(Mark.OPEN)), also.get(each.pk, "")) for each in travelers]
    lines.sort(key=lambda line: line.standing.mark not in FIRST)
    return Board(on, number or (call.number if call else 1), lines, leading.trip.city.time_zone)


@for_leaders
def roll_call(request: HttpRequest, leading: Leading) -> HttpResponse:
    """The page of the roll call of today, or of the one in the address; a button is a tap."""
    on, number = _which(request)
    if request.method == "POST":
        board = board_of(leading, on, number)
        if "new" in request.POST:
            return redirect(f"{request.path}?on={board.on}&number={board.number + 1}")
        actions.take(leading.trip, _pressed(request, board), by=leading.user, name=leading.name)
        return redirect(f"{request.path}?on={board.on}&number={board.number}")
    context = {"leading": leading, "trip": leading.trip, "board": board_of(leading, on, number)}
    return render(request, "travel/abroad/roll_call.html", context)


def _which(request: HttpRequest) -> tuple[date | None, int | None]:
    said = request.POST if request.method == "POST" else request.GET
    try:
        on = date.fromisoformat(said.get("on", ""))
    except ValueError:
        return None, None
    number = said.get("number", "")
    return on, int(number) if number.isdigit() and 1 <= int(number) <= actions.NUMBERS else None


def _pressed(request: HttpRequest, board: Board) -> list[Sent]:
    """The taps of a form: one person here or missing, or everyone nobody has tapped yet."""
    here, missing = request.POST.get("here", ""), request.POST.get("missing", "")
    rest = "rest" in request.POST
    found = []
    for line in board.lines:
        code = line.placement.code
        if code in (here, missing) or rest and line.standing.mark == Mark.OPEN:
            over = frozenset(request.POST.get(f"seen-{code}", "").split(",")) - {""}
            is_here = code != missing
            found.append(Sent(str(uuid.uuid4()), code, is_here, board.on, board.number, timedelta(), over))
    return found


@for_leaders
def roll_call_taps(request: HttpRequest, leading: Leading) -> HttpResponse:
    """JSON for the script. POST: {now, taps: [{key, leader, traveler, here, on, number, at, over}]}, times in ms of the
    phone. What another leader tapped on this phone is left out: it would count as seen by this one.

    Answers {token, also: {code: sentence}, days: {"2026-06-01": {"1": {code: {mark, keys, by}}}}} of the last two days.
    """
    if request.method == "POST":
        try:
            sent = _sent(json.loads(request.body), leading.who)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return JsonResponse({}, status=400)
        actions.take(leading.trip, sent, by=leading.user, name=leading.name)
    codes = {each.pk: each.code for each in leading.travelers()}
    days: dict[str, dict[str, Any]] = {}
    since = timezone.localdate() - timedelta(days=2)
    for call in RollCall.objects.filter(trip=leading.trip, on__gte=since).prefetch_related("taps"):
        days.setdefault(call.on.isoformat(), {})[str(call.number)] = {
            codes[pk]: {
                "mark": each.mark.value,
                "keys": [tap.key for tap in each.taps],
                "by": [tap.by for tap in each.taps],
            }
            for pk, each in actions.standings(call).items()
            if pk in codes
        }
    known = beside_the_roll_call(codes, leading.trip.city.zone)
    also = {codes[pk]: sentence for pk, sentence in known.items()}
    return JsonResponse({"token": get_token(request), "also": also, "days": days})


def _sent(body: Any, who: str) -> list[Sent]:
    now = float(body["now"])
    taps = body["taps"][:TAPS_MAX]
    return [
        Sent(
            key=str(each["key"]),
            traveler=str(each["traveler"]),
            is_here=bool(each["here"]),
            on=date.fromisoformat(each["on"]),
            number=int(each["number"]),
            age=timedelta(milliseconds=max(0.0, now - float(each["at"]))),
            over=frozenset(str(key) for key in each["over"]),
        )
        for each in taps
        if each.get("leader", who) == who  # pages opened before this was told leave it out
    ]
