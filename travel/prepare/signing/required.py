"""Which forms someone has to sign, and which are signed. Reads only; `signing.actions` signs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from travel.models import Contact, FormText, Placement, SignedForm, Trip
from travel.passport.plan import of_age
from travel.prepare.checklist import evidence

By, Signer = SignedForm.By, FormText.Signer


@dataclass(frozen=True, slots=True)
class FormState:
    """One form of one person. `own` and `guardian`: the newest signature under its current words, also an ended one."""

    text: FormText
    own: SignedForm | None
    guardian: SignedForm | None = None
    needs_guardian: bool = False
    was_signed: bool = False  # under older words

    @property
    def is_signed(self) -> bool:
        """By the person; a no to an optional form is an answer as well."""
        return self.own is not None

    @property
    def is_done(self) -> bool:
        return self.is_signed and (self.guardian is not None or not self.needs_guardian)

    @property
    def allows(self) -> bool:
        """Whether everyone who must has said yes, and nobody has withdrawn it."""
        said = [self.own, *([self.guardian] if self.needs_guardian else [])]
        return all(each is not None and each.is_yes for each in said)


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms of one placement. `is_of_age`: on the day of departure; None: nobody has said yet."""

    placement: Placement
    is_of_age: bool | None
    states: list[FormState] = field(default_factory=list)

    @property
    def done(self) -> int:
        return sum(each.is_done for each in self.states)

    @property
    def signed(self) -> int:
        return sum(each.is_signed for each in self.states)

    @property
    def is_done(self) -> bool:
        return all(each.is_done for each in self.states)

    @property
    def for_guardian(self) -> list[FormState]:
        return [each for each in self.states if each.needs_guardian]

    @property
    def asks_age(self) -> bool:
        return self.is_of_age is None and any(each.text.needs_guardian for each in self.states)

    def next(self) -> FormState | None:
        return next((each for each in self.states if not each.is_signed), None)

    def of(self, key: str) -> FormState | None:
        return next((each for each in self.states if each.text.key == key), None)


def forms_of(placement: Placement) -> Forms:
    """Needs the placement's trip and application. Five queries."""
    return forms_of_many(placement.trip, [placement])[0]


def forms_of_many(trip: Trip, placements: Iterable[Placement]) -> list[Forms]:
    """The forms of several placements of one trip, in a constant number of queries."""
    there = list(placements)
    texts = list(FormText.objects.current().filter(cycle=trip.cycle_id, signer=Signer.STUDENT))
    rows = SignedForm.objects.filter(placement__in=there).select_related("text")
    signed: dict[tuple[int | None, str], SignedForm] = {}
    earlier: set[tuple[int | None, str]] = set()
    for row in rows.order_by("signed_at", "pk"):
        if row.text.is_current:
            signed[row.placement_id, f"{row.signed_as}:{row.text.key}"] = row
        elif row.signed_as == By.STUDENT:
            earlier.add((row.placement_id, row.text.key))
    ages = of_age.of_many(there, trip.leaves_on)
    found = []
    for placement in there:
        is_of_age = ages[placement.pk]
        states = [
            FormState(
                text=text,
                own=signed.get((placement.pk, f"{By.STUDENT}:{text.key}")),
                guardian=signed.get((placement.pk, f"{By.GUARDIAN}:{text.key}")),
                needs_guardian=text.needs_guardian and is_of_age is False,
                was_signed=(placement.pk, text.key) in earlier,
            )
            for text in texts
        ]
        found.append(Forms(placement, is_of_age, states))
    return found


def forms_of_contact(contact: Contact) -> list[FormState]:
    """The forms of a leader (of the trip's cycle) or of a host (of the cycles with a trip there ahead). Two queries."""
    texts = FormText.objects.current()
    trip = contact.trip_id or contact.candidate_for_id
    if trip:
        texts = texts.filter(signer=Signer.LEADER, cycle__trips=trip)
    elif contact.host_id:
        ahead = Trip.objects.ahead().filter(host=contact.host_id)
        texts = texts.filter(signer=Signer.HOST, cycle__trips__in=ahead).distinct()
    else:
        texts = texts.none()
    rows = SignedForm.objects.filter(contact=contact, text__in=texts.values("pk")).select_related("text")
    signed = {row.text_id: row for row in rows.order_by("signed_at", "pk")}
    return [FormState(text=text, own=signed.get(text.pk)) for text in texts]


# the standard forms that steps of the checklist can ask for
STANDARD_KEYS = ("agreement", "conduct", "release", "photos")


def register_all() -> None:
    """Name the pages of the standard forms for the checklist. Called by `travel.registering`."""
    for key in STANDARD_KEYS:
        signature = evidence.Evidence.SIGNATURE
        evidence.register(key, "travel:form-sign", evidence=signature, takes_key=True, is_there=_is_signed(key))


def _is_signed(key: str) -> Callable[[Placement], bool]:

    def is_there(placement: Placement) -> bool:
        state = forms_of(placement).of(key)
        return state is not None and state.is_done

    return is_there
