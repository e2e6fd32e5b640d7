"""Daily work of the checklist and the reflections; each calls one action and may run twice."""

from celery import shared_task


@shared_task(name="travel.open_passports")
def open_passports() -> None:
    from travel.actions import checklist  # noqa: PLC0415 -- edge

    checklist.open_cases()


@shared_task(name="travel.remind_due")
def remind_due() -> None:
    from travel.actions import checklist  # noqa: PLC0415 -- edge

    checklist.remind_due()


@shared_task(name="travel.recompute_checklists")
def recompute_checklists() -> None:
    """A passed day can turn a plan to a faster service, without any row having changed."""
    from travel.actions import checklist  # noqa: PLC0415 -- edge

    checklist.recompute_all()


@shared_task(name="travel.invite_to_reflect")
def invite_to_reflect() -> None:
    from travel.actions import reflection  # noqa: PLC0415 -- edge

    reflection.invite_all()
