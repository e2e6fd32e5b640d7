"""Checks that the kept inputs of a placement are those that were hashed."""

from collections.abc import Iterator

from cryptography.fernet import InvalidToken

from exchange.keeping.verification import Finding, register
from travel.models import PlacementInputs
from travel.placement.matching_inputs import mark_of


def register_all() -> None:
    register("placements", placements)


def placements() -> Iterator[Finding]:
    wrong = []
    for pk in PlacementInputs.objects.order_by("pk").values_list("pk", flat=True):
        try:
            kept = PlacementInputs.objects.select_related("run").get(pk=pk)
        except InvalidToken:
            continue  # told by the check of sealed rows
        if mark_of(kept.text) != kept.run.inputs_hash:
            wrong.append(kept.run.code)
    yield from Finding.of(
        "placement runs whose kept inputs don't match their hash",
        wrong,
        "Restore the row from a backup of the day of the run. Without it nobody can check this placement any longer: "
        "tell the coordinator before anyone asks for it.",
    )
