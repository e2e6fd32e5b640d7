"""The app's configuration: registers its jobs, reminders and callbacks with the apps it builds on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class TravelConfig(AppConfig):
    name = "travel"

    def ready(self) -> None:
        from applications.base import standings  # noqa: PLC0415 -- models are ready only now
        from applications.cycle import parts  # noqa: PLC0415 -- models are ready only now
        from applications.release import promotions, trips_ahead  # noqa: PLC0415 -- as above
        from exchange.background import jobs  # noqa: PLC0415 -- as above
        from exchange.base import due  # noqa: PLC0415 -- as above
        from exchange.messages import inbound, text_limits  # noqa: PLC0415 -- as above
        from exchange.reference import facts  # noqa: PLC0415 -- as above
        from travel import jobs as work  # noqa: PLC0415 -- as above
        from travel import permissions  # noqa: PLC0415 -- as above
        from travel.abroad import reaching  # noqa: PLC0415 -- as above
        from travel.abroad.actions import check_in_reply  # noqa: PLC0415 -- as above
        from travel.base import trip_stage  # noqa: PLC0415 -- as above
        from travel.office.actions import export  # noqa: PLC0415 -- as above
        from travel.passport.actions import passport_day_reminder, replan  # noqa: PLC0415 -- as above
        from travel.placement import promotion, verifying  # noqa: PLC0415 -- as above
        from travel.placement.actions import letters, placement_release, placement_run, trip  # noqa: PLC0415 -- as above
        from travel.placement.ahead import ahead_of  # noqa: PLC0415 -- as above
        from travel.prepare.actions import checklist, steps  # noqa: PLC0415 -- as above
        from travel.reflection import actions as reflection  # noqa: PLC0415 -- as above

        parts.register(parts.Part(trip.needs_of))
        parts.register(parts.Part(steps.needs_of, create=steps.create_steps, copy=steps.copy_steps))
        prompts = reflection.create_prompts, reflection.copy_prompts
        parts.register(parts.Part(reflection.needs_of, *prompts))
        promotions.register(promotion.outlooks)
        trips_ahead.register(ahead_of)
        standings.register(trip_stage.tell)
        due.register(checklist.DUE_NAME, checklist.is_still_due)
        due.register(passport_day_reminder.DUE_NAME, passport_day_reminder.is_still_due)
        label = gettext_lazy("All your data")
        jobs.register(export.JOB, work.my_data, label=label, allowed=export.is_allowed, is_personal=True)
        label = gettext_lazy("New dates for everyone after a change")
        jobs.register(replan.JOB, work.plan_again, label=label, allowed=work.may_plan_again)
        for kind, act, name in (
            (placement_run.RUN_JOB, work.placement_run, gettext_lazy("Placement run")),
            (placement_release.RELEASE_JOB, work.placement_release, gettext_lazy("Release of a placement")),
            (letters.JOB, work.placement_letters, gettext_lazy("Placement letters")),
        ):
            jobs.register(kind, act, label=name, allowed=permissions.can_place)
        verifying.register_all()
        inbound.register(check_in_reply.take, before_keywords=True)
        text_limits.register_countries(reaching.countries_away)
        facts.on_change(replan.on_fact)
