"""The app's Celery tasks; each calls actions and may run twice."""

from celery import shared_task

from applications.apply.actions import bulk_act
from exchange.background.queues import CHECKING, SENDING, WAITED_FOR
from travel.abroad.actions import check_in
from travel.office.group_messages import actions as group_message
from travel.office.retention import purge
from travel.outcomes import drawing_ahead, noticing, now
from travel.outcomes.following import asking
from travel.partners.actions import agreement, picture
from travel.passport.days import reminder as passport_day_reminder
from travel.passport.facilities import actions as facility
from travel.passport.numbers import actions as document_number
from travel.placement import letters
from travel.placement.actions import placement
from travel.prepare.checklist import actions as checklist
from travel.prepare.checklist import files as step_files
from travel.prepare.entry import actions as entry
from travel.prepare.entry import visa_day
from travel.prepare.money import actions as money
from travel.prepare.money import receipts
from travel.prepare.orientation import actions as orientation
from travel.prepare.signing import actions as signing
from travel.prepare.signing import guardian
from travel.reflection.actions import photos, prompts, survey


@shared_task(name="travel.open_passports")
def open_passports() -> None:
    checklist.open_cases()


@shared_task(name="travel.draw_ahead")
def draw_ahead(*, code: str) -> None:
    drawing_ahead.draw(code)


@shared_task(name="travel.refresh_now", **WAITED_FOR)
def refresh_now() -> None:
    now.refresh()


@shared_task(name="travel.say_what_can_be_published")
def say_what_can_be_published() -> None:
    noticing.open_tasks()


@shared_task(name="travel.remind_due")
def remind_due() -> None:
    checklist.REMINDER.send_all()


@shared_task(name="travel.recompute_checklists")
def recompute_checklists() -> None:
    """Runs daily, because a new day can move a plan to a faster service although no row has changed."""
    checklist.recompute_all()


@shared_task(name="travel.make_letters")
def make_letters(*, job_id: int, attempt: int, part: int) -> None:
    """Make a part of the letters for a job that runs in another worker."""
    letters.help_with(job_id, attempt, part)


@shared_task(name="travel.recompute_at_facility")
def recompute_at_facility(*, facility_id: int) -> None:
    facility.recompute_at(facility_id)


@shared_task(name="travel.remind_of_passport_days")
def remind_of_passport_days() -> None:
    passport_day_reminder.send_all()


@shared_task(name="travel.purge_numbers")
def purge_numbers() -> None:
    document_number.purge()


@shared_task(name="travel.forget")
def forget() -> None:
    """Delete data that isn't needed any longer: run inputs of closed-out cycles, lists of old acts on many students."""
    placement.forget_inputs()
    bulk_act.forget()


@shared_task(name="travel.purge")
def purge_old() -> None:
    """Remove what is past its retention rule. Safe to run at any time and twice."""
    purge.run()


@shared_task(name="travel.escalate_check_ins", **SENDING)
def escalate_check_ins() -> None:
    check_in.escalate_all()


@shared_task(name="travel.invite_to_reflect")
def invite_to_reflect() -> None:
    prompts.invite_all()


@shared_task(name="travel.ask_about_studies")
def ask_about_studies() -> None:
    asking.ask_all()


@shared_task(name="travel.invite_to_survey")
def invite_to_survey() -> None:
    survey.invite_all()


@shared_task(name="travel.remind_of_agreements")
def remind_of_agreements() -> None:
    agreement.REMINDER.send_all()


@shared_task(
    name="travel.check_agreement_file",
    autoretry_for=(OSError,),  # the virus scanner can't be reached
    max_retries=5,
    retry_backoff=True,
    **CHECKING,
)
def check_agreement_file(*, file_id: int) -> None:
    agreement.check_file(file_id)


@shared_task(name="travel.look_after_agreement_files")
def look_after_agreement_files() -> None:
    agreement.look_after_files()


@shared_task(name="travel.file_signature")
def file_signature(*, signed_id: int) -> None:
    """Make the PDF of a signature."""
    signing.file_signature(signed_id)


@shared_task(name="travel.look_after_signatures")
def look_after_signatures() -> None:
    signing.look_after_files()


@shared_task(name="travel.remind_guardians")
def remind_guardians() -> None:
    guardian.REMINDER.send_all()


@shared_task(name="travel.promise_money")
def promise_money() -> None:
    """Promise what's published to students who were placed since."""
    money.promise_due()


@shared_task(
    name="travel.check_receipt",
    autoretry_for=(OSError,),  # the virus scanner can't be reached
    max_retries=5,
    retry_backoff=True,
    **CHECKING,
)
def check_receipt(*, receipt_id: int) -> None:
    receipts.check_file(receipt_id)


@shared_task(
    name="travel.check_step_file",
    autoretry_for=(OSError,),  # the virus scanner can't be reached
    max_retries=5,
    retry_backoff=True,
    **CHECKING,
)
def check_step_file(*, file_id: int) -> None:
    step_files.check_file(file_id)


@shared_task(name="travel.look_after_step_files")
def look_after_step_files() -> None:
    step_files.look_after_files()


@shared_task(name="travel.look_after_receipts")
def look_after_receipts() -> None:
    receipts.look_after_files()


@shared_task(name="travel.remind_of_visa_days")
def remind_of_visa_days() -> None:
    visa_day.REMINDER.send_all()


@shared_task(name="travel.look_at_entry_again")
def look_at_entry_again() -> None:
    """Runs daily, because a return that was moved can leave a permission too short."""
    entry.look_again()


@shared_task(name="travel.remind_of_sessions")
def remind_of_sessions() -> None:
    orientation.REMINDER.send_all()


@shared_task(
    name="travel.check_photo",
    autoretry_for=(OSError,),  # the virus scanner can't be reached
    max_retries=5,
    retry_backoff=True,
    **CHECKING,
)
def check_photo(*, photo_id: int) -> None:
    photos.check_file(photo_id)


@shared_task(name="travel.send_group_messages")
def send_group_messages() -> None:
    group_message.send_due()


@shared_task(name="travel.look_after_photos")
def look_after_photos() -> None:
    photos.look_after_files()
    picture.look_after_files()


@shared_task(
    name="travel.check_city_picture",
    autoretry_for=(OSError,),  # the virus scanner can't be reached
    max_retries=5,
    retry_backoff=True,
    **CHECKING,
)
def check_city_picture(*, picture_id: int) -> None:
    picture.check_file(picture_id)
