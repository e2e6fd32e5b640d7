"""App configuration: registers checks that a message is still due, kinds of jobs, what `manage.py verify` checks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class ApplicationsConfig(AppConfig):
    name = "applications"

    def ready(self) -> None:
        from applications.apply.actions import incoming, recommendation  # noqa: PLC0415 -- models are ready only now
        from applications.base import disclosures, searching  # noqa: PLC0415 -- as above
        from applications.cycle.actions import interest  # noqa: PLC0415 -- as above
        from applications.interview import leaving as leaving_interviews  # noqa: PLC0415 -- as above
        from applications.reading import digests  # noqa: PLC0415 -- as above
        from applications.reading import leaving as leaving_readings  # noqa: PLC0415 -- as above
        from applications.reading.actions import norming  # noqa: PLC0415 -- as above
        from applications.release import verifying  # noqa: PLC0415 -- as above
        from applications.release.actions import offer  # noqa: PLC0415 -- as above
        from exchange.base import due  # noqa: PLC0415 -- as above
        from exchange.messages import failed_list, inbound  # noqa: PLC0415 -- as above

        verifying.register_all()
        _register_bulk_acts()
        leaving_readings.register_all()
        leaving_interviews.register_all()
        inbound.register(incoming.take)
        due.register(recommendation.DUE_NAME, recommendation.is_still_due)
        due.register(norming.DUE_NAME, norming.is_still_due)
        due.register(offer.DUE_NAME, offer.is_still_due)
        due.register(digests.READINGS.due_name, digests.is_still_due)
        due.register(digests.REMARKS.due_name, digests.are_remarks_due)
        due.register(interest.DUE_NAME, interest.is_still_due)
        failed_list.register(searching.students_found_by)
        failed_list.when_taken(disclosures.record_people)
        _declare_reminders()
        _register_people()
        _register_tasks()
        _register_jobs()
        _register_waiting()
        _register_releases()


def _declare_reminders() -> None:
    from applications.apply.actions import recommendation, reminder  # noqa: PLC0415 -- models are ready only now
    from applications.endorse import due as endorsing_due  # noqa: PLC0415 -- as above
    from applications.interview.actions import interview_reminder  # noqa: PLC0415 -- as above
    from applications.reading import due as reading_due  # noqa: PLC0415 -- as above
    from exchange.messages import reminders  # noqa: PLC0415 -- as above

    reminders.declare(*interview_reminder.REMINDERS, *reminder.REMINDERS, recommendation.REMINDER)
    reminders.declare(*endorsing_due.REMINDERS, *reading_due.REMINDERS)


def _register_people() -> None:
    from applications.apply import inviting  # noqa: PLC0415 -- models are ready only now
    from applications.apply.actions import account_merge  # noqa: PLC0415 -- as above
    from applications.endorse import advising  # noqa: PLC0415 -- as above
    from exchange.people.merging import actions as merging  # noqa: PLC0415 -- as above
    from exchange.people.roles import comparing  # noqa: PLC0415 -- as above
    from exchange.people.second import second  # noqa: PLC0415 -- as above

    merging.register(account_merge.PART)
    second.register_advisors(advising.advisors_of)
    comparing.register(inviting.of_student)


def _register_tasks() -> None:
    from applications.apply.actions import staff_note  # noqa: PLC0415 -- models are ready only now
    from applications.release.actions import appeals, scheduling, statements  # noqa: PLC0415 -- as above
    from exchange.base import office_tasks  # noqa: PLC0415 -- as above

    office_tasks.register(
        "applications.consent_withdrawn",
        gettext_lazy("%(person)s withdrew the permission for their college records"),
        gettext_lazy(
            "What the college said is gone. Look at the application again, and at its decision if there is one."
        ),
    )
    office_tasks.register(
        staff_note.TASK, gettext_lazy("Follow up on %(person)s"), gettext_lazy("From a note: %(body)s")
    )
    office_tasks.register(
        statements.TASK,
        gettext_lazy("%(person)s says that what we recorded isn’t right"),
        gettext_lazy("Read what they wrote today. What was recorded can be undone only for a day."),
    )
    office_tasks.register(
        appeals.TASK,
        gettext_lazy("Answer %(person)s’s appeal"),
        gettext_lazy("Read what they wrote, look at the decision, and answer with your reasons."),
    )
    office_tasks.register(
        scheduling.TASK,
        gettext_lazy("Not sent: %(what)s, %(cycle)s"),
        gettext_lazy("Something had changed when its time came, so no one was told. Check it and send it again."),
    )


def _register_bulk_acts() -> None:
    from applications.apply import bulk_acts  # noqa: PLC0415 -- models are ready only now
    from applications.endorse import bulk_acts as endorsing_acts  # noqa: PLC0415 -- as above
    from applications.selection import bulk_acts as selecting_acts  # noqa: PLC0415 -- as above

    bulk_acts.register_all()
    endorsing_acts.register_all()
    selecting_acts.register_all()


def _register_jobs() -> None:
    from applications import permissions  # noqa: PLC0415 -- models are ready only now
    from applications.export import actions as export  # noqa: PLC0415 -- as above
    from applications.jobs import export as run_export  # noqa: PLC0415 -- as above
    from applications.jobs import release as run_release  # noqa: PLC0415 -- as above
    from applications.jobs import release_failed  # noqa: PLC0415 -- as above
    from applications.release.actions import releasing  # noqa: PLC0415 -- as above
    from applications.scores import calculations, comparing  # noqa: PLC0415 -- as above
    from applications.selection import scores_file  # noqa: PLC0415 -- as above
    from exchange.background import jobs  # noqa: PLC0415 -- as above

    label = gettext_lazy("Export of applications")
    jobs.register(export.JOB, run_export, label=label, allowed=permissions.can_export)
    for kind, make, label in (
        (comparing.COMPARISON_JOB, comparing.make_comparison, gettext_lazy("Comparison of scores")),
        (comparing.AGREEMENT_JOB, comparing.make_agreement, gettext_lazy("Agreement of readers")),
        (calculations.JOB, calculations.make, gettext_lazy("Comparison of scores")),
        (scores_file.JOB, scores_file.make, gettext_lazy("Comparison of scores")),
    ):
        jobs.register(kind, make, label=label, allowed=jobs.nobody, is_heavy=True)
    label = gettext_lazy("Release of results")
    jobs.register(releasing.JOB, run_release, label=label, allowed=permissions.can_decide, failed=release_failed)


def _register_waiting() -> None:
    from applications.apply.actions import upload_check  # noqa: PLC0415 -- models are ready only now
    from exchange.background import queues, waiting  # noqa: PLC0415 -- as above

    waiting.register(queues.UPLOADS, upload_check.oldest_waiting)


def _register_releases() -> None:
    from applications import permissions  # noqa: PLC0415 -- models are ready only now
    from applications.release.actions import filling, releasing, scheduling  # noqa: PLC0415 -- as above
    from applications.release.views.filling import filled_href  # noqa: PLC0415 -- as above
    from applications.release.views.release import preview_href  # noqa: PLC0415 -- as above

    may = permissions.can_decide
    scheduling.register(filling.KIND, filling.carry_out, allowed=may, page=filled_href)
    scheduling.register(releasing.KIND, releasing.start_scheduled, allowed=may, page=preview_href)
