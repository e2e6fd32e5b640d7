"""URL patterns of what comes before departure: the checklist, needs, the itinerary, forms, links for family."""

from django.urls import path

from travel.prepare.calendar import views as calendar
from travel.prepare.checklist import file_views as step_files
from travel.prepare.checklist import staff_views as staff_steps
from travel.prepare.checklist import views as checklist
from travel.prepare.clearance import views as clearance
from travel.prepare.entry import views as entry
from travel.prepare.entry import visa_day_views as visa_day
from travel.prepare.family import views as family
from travel.prepare.guide import views as guide_office
from travel.prepare.insurance import views as insurance
from travel.prepare.itinerary import own_views as own_itinerary
from travel.prepare.itinerary import views as itinerary
from travel.prepare.money import own_views as own_money
from travel.prepare.money import rule_views as money_rules
from travel.prepare.money import views as money
from travel.prepare.needs import views as needs
from travel.prepare.orientation import office_views as orientation_office
from travel.prepare.orientation import views as orientation
from travel.prepare.packing import views as packing_office
from travel.prepare.rooms import own_views as own_rooms
from travel.prepare.rooms import views as rooms
from travel.prepare.signing import guest_views as signing_guest
from travel.prepare.signing import views as signing
from travel.prepare.ticketing import views as ticketing
from travel.prepare.travelers import views as travelers

MONEY_RULES = "setup/<slug:code>/preparation/money/"

urlpatterns = [
    path("placements/<slug:code>/room/", own_rooms.own_room, name="room"),
    path("trips/<slug:code>/travelers/", travelers.trip_travelers, name="trip-travelers"),
    path("trips/<slug:code>/rooms/", rooms.trip_rooms, name="trip-rooms"),
    path("trips/<slug:code>/rooms/setup/", rooms.rooms_setup, name="rooms-setup"),
    path("trips/<slug:code>/rooms/propose/", rooms.rooms_propose, name="rooms-propose"),
    path("trips/<slug:code>/rooms/move/", rooms.rooms_move, name="rooms-move"),
    path("trips/<slug:code>/rooms/publish/", rooms.rooms_publish, name="rooms-publish"),
    path("trips/<slug:code>/rooms/list/", rooms.rooms_list, name="rooms-list"),
    path("rooms/<slug:code>/remove/", rooms.room_remove, name="room-remove"),
    path("placements/<slug:code>/money/", own_money.own_money, name="money"),
    path("promises/<slug:code>/receipt/", own_money.receipt_send, name="receipt-send"),
    path("receipts/<slug:code>/file/", own_money.receipt_file, name="receipt-file"),
    path("receipts/<slug:code>/withdraw/", own_money.receipt_withdraw, name="receipt-withdraw"),
    path("receipts/<slug:code>/", money.receipt_detail, name="receipt-detail"),
    path("receipts/<slug:code>/undo/", money.receipt_undo, name="receipt-undo"),
    path("money/", money.money_office, name="money-office"),
    path("money/payments/make/", money.payment_make, name="payment-make"),
    path("money/payments/<slug:code>/", money.payment_detail, name="payment-detail"),
    path("money/payments/<slug:code>/file/", money.payment_file, name="payment-file"),
    path("money/payments/<slug:code>/undo/", money.payment_undo, name="payment-undo"),
    path("money/payments/<slug:code>/discard/", money.payment_discard, name="payment-discard"),
    path("money/payments/<slug:code>/<slug:promise>/remove/", money.payment_line_remove, name="payment-line-remove"),
    path("trips/<slug:code>/money/", money.trip_money, name="trip-money"),
    path("trips/<slug:code>/money/give/", money.money_give, name="money-give"),
    path("trips/<slug:code>/money/cancel/", money.trip_money_cancel, name="trip-money-cancel"),
    path("promises/<slug:code>/", money.money_promise, name="money-promise"),
    path("promises/<slug:code>/cancel/", money.money_cancel, name="money-cancel"),
    path("promises/<slug:code>/restore/", money.money_restore, name="money-restore"),
    path(f"{MONEY_RULES}new/", money_rules.money_rule_add, name="money-rule-add"),
    path(f"{MONEY_RULES}<slug:rule>/", money_rules.money_rule_edit, name="money-rule-edit"),
    path(f"{MONEY_RULES}<slug:rule>/publish/", money_rules.money_rule_publish, name="money-rule-publish"),
    path(f"{MONEY_RULES}<slug:rule>/remove/", money_rules.money_rule_remove, name="money-rule-remove"),
    path("calendar/", calendar.calendar_page, name="calendar"),
    path("calendar/make/", calendar.calendar_make, name="calendar-make"),
    path("calendar/end/", calendar.calendar_end, name="calendar-end"),
    path("calendar/<str:token>.ics", calendar.calendar_feed_file, name="calendar-feed"),
    path("placements/<slug:code>/itinerary/<slug:leg>/calendar/", calendar.itinerary_leg, name="itinerary-leg"),
    path(
        "checklists/<slug:code>/items/<slug:key>/calendar/",
        calendar.checklist_item_calendar,
        name="checklist-item-calendar",
    ),
    path("placements/<slug:code>/entry/", entry.placement_entry, name="placement-entry"),
    *(
        path(
            f"placements/<slug:code>/entry/{part}/",
            entry.placement_entry_part,
            {"part": part},
            name=f"placement-entry-{part}",
        )
        for part in entry.PARTS
    ),
    path(
        "placements/<slug:code>/entry/no-appointment/",
        entry.placement_entry_no_appointment,
        name="placement-entry-no-appointment",
    ),
    path("placements/<slug:code>/entry/record/", entry.entry_record, name="entry-record"),
    path("placements/<slug:code>/ticketing/", ticketing.placement_ticketing, name="placement-ticketing"),
    path("placements/<slug:code>/ticketing/form/", ticketing.placement_ticketing_form, name="placement-ticketing-form"),
    path(
        "placements/<slug:code>/ticketing/remove/",
        ticketing.placement_ticketing_remove,
        name="placement-ticketing-remove",
    ),
    path("placements/<slug:code>/ticketing/look/", ticketing.placement_ticketing_look, name="placement-ticketing-look"),
    path("trips/<slug:code>/ticketing/", ticketing.trip_ticketing, name="trip-ticketing"),
    path("trips/<slug:code>/ticketing/export/", ticketing.trip_ticketing_export, name="trip-ticketing-export"),
    path("placements/<slug:code>/visa-days/<slug:day>/", visa_day.visa_day_answer, name="visa-day-answer"),
    path("trips/<slug:code>/entry/", entry.trip_entry, name="trip-entry"),
    path("trips/<slug:code>/visa-days/new/", visa_day.visa_day_add, name="visa-day-add"),
    path("visa-days/<slug:code>/", visa_day.visa_day, name="visa-day"),
    path("visa-days/<slug:code>/edit/", visa_day.visa_day_edit, name="visa-day-edit"),
    path("visa-days/<slug:code>/call-off/", visa_day.visa_day_call_off, name="visa-day-call-off"),
    path("visa-days/<slug:code>/applied/", visa_day.visa_day_applied, name="visa-day-applied"),
    path("placements/<slug:code>/family-links/", family.family_links, name="family-links"),
    path("placements/<slug:code>/family-links/<slug:link>/", family.family_link, name="family-link"),
    path(
        "placements/<slug:code>/family-links/<slug:link>/replace/",
        family.family_link_replace,
        name="family-link-replace",
    ),
    path("placements/<slug:code>/family-links/<slug:link>/end/", family.family_link_end, name="family-link-end"),
    path("placements/<slug:code>/itinerary/", own_itinerary.own_itinerary, name="itinerary"),
    path("placements/<slug:code>/itinerary/confirm/", own_itinerary.itinerary_confirm, name="itinerary-confirm"),
    path("trips/<slug:code>/itinerary/", itinerary.itinerary_office, name="itinerary-office"),
    path("trips/<slug:code>/itinerary/new/<slug:kind>/", itinerary.itinerary_add, name="itinerary-add"),
    path("trips/<slug:code>/itinerary/publish/", itinerary.itinerary_publish, name="itinerary-publish"),
    path("trips/<slug:code>/itinerary/file/", itinerary.itinerary_import, name="itinerary-import"),
    path("trips/<slug:code>/itinerary/template/", itinerary.itinerary_template, name="itinerary-template"),
    path("trips/lines/<slug:code>/", itinerary.itinerary_segment, name="itinerary-segment"),
    path("trips/lines/<slug:code>/remove/", itinerary.itinerary_remove, name="itinerary-remove"),
    path("orientation/", orientation_office.session_list, name="session-list"),
    path("orientation/here/", orientation.session_here, name="session-here"),
    path("orientation/here/<str:token>/", orientation.session_scan, name="session-scan"),
    path("orientation/new/<slug:code>/", orientation_office.session_add, name="session-add"),
    path("orientation/missed/<slug:code>/", orientation_office.session_missed, name="session-missed"),
    path("orientation/<slug:code>/", orientation_office.session_detail, name="session-detail"),
    path("orientation/<slug:code>/edit/", orientation_office.session_edit, name="session-edit"),
    path("orientation/<slug:code>/call-off/", orientation_office.session_call_off, name="session-call-off"),
    path("orientation/<slug:code>/bring-back/", orientation_office.session_bring_back, name="session-bring-back"),
    path("orientation/<slug:code>/mark/", orientation_office.session_mark, name="session-mark"),
    path("orientation/<slug:code>/door/", orientation_office.session_door, name="session-door"),
    path("placements/<slug:code>/orientation/", orientation.own_orientation, name="orientation"),
    path(
        "placements/<slug:code>/orientation/<slug:session>/calendar/",
        orientation.own_session_calendar,
        name="session-calendar",
    ),
    path("guide/", guide_office.guide_tip_list, name="guide-tip-list"),
    path("guide/new/", guide_office.guide_tip_add, name="guide-tip-add"),
    path("guide/<slug:code>/", guide_office.guide_tip_edit, name="guide-tip-edit"),
    path("guide/<slug:code>/remove/", guide_office.guide_tip_remove, name="guide-tip-remove"),
    path("setup/<slug:code>/packing/", packing_office.packing_list, name="packing-list"),
    path("setup/<slug:code>/packing/fill/", packing_office.packing_fill, name="packing-fill"),
    path("setup/<slug:code>/packing/new/", packing_office.packing_add, name="packing-add"),
    path("packing/<slug:code>/", packing_office.packing_edit, name="packing-edit"),
    path("packing/<slug:code>/remove/", packing_office.packing_remove, name="packing-remove"),
    path("trips/<slug:code>/packing/", packing_office.packing_trip, name="packing-trip"),
    path("trips/<slug:code>/packing/<slug:item>/", packing_office.packing_leave_out, name="packing-leave-out"),
    path("placements/<slug:code>/forms/", signing.form_list, name="form-list"),
    path("placements/<slug:code>/forms/<slug:key>/", signing.form_sign, name="form-sign"),
    path("placements/<slug:code>/forms/<slug:key>/withdraw/", signing.form_withdraw, name="form-withdraw"),
    path("placements/<slug:code>/guardian/", signing.guardian_page, name="guardian"),
    path("placements/<slug:code>/guardian/send/", signing.guardian_send, name="guardian-send"),
    path("placements/<slug:code>/guardian/end/", signing.guardian_end, name="guardian-end"),
    path("placements/<slug:code>/guardian/call/", signing.guardian_call, name="guardian-call"),
    path("signed/<slug:code>/", signing.signed_file, name="signed-file"),
    path("trips/<slug:code>/forms/", signing.trip_forms, name="trip-forms"),
    path("sign/<str:token>/", signing_guest.signing_list, name="signing-list"),
    path("sign/<str:token>/<slug:key>/", signing_guest.signing_form, name="signing-form"),
    path("sign/<str:token>/<slug:key>/withdraw/", signing_guest.signing_withdraw, name="signing-withdraw"),
    path("sign/<str:token>/<slug:key>/pdf/", signing_guest.signing_file, name="signing-file"),
    path("trips/<slug:code>/leaders/", clearance.trip_leaders, name="trip-leaders"),
    path("partners/contacts/<slug:code>/clearance/", clearance.clearance, name="clearance"),
    path("partners/contacts/<slug:code>/clearance/ask/", clearance.clearance_ask, name="clearance-ask"),
    path("partners/contacts/<slug:code>/clearance/assign/", clearance.leader_assign, name="leader-assign"),
    path("partners/contacts/<slug:code>/clearance/take-off/", clearance.leader_take_off, name="leader-take-off"),
    path(
        "partners/contacts/<slug:code>/clearance/<slug:kind>/take-back/",
        clearance.clearance_take_back,
        name="clearance-take-back",
    ),
    path("placements/<slug:code>/needs/", needs.placement_needs, name="placement-needs"),
    path("placements/<slug:code>/needs/<slug:part>/", needs.placement_needs_part, name="placement-needs-part"),
    path("placements/<slug:code>/contacts/<slug:which>/", needs.placement_contact, name="placement-contact"),
    path("trips/<slug:code>/insurance/", insurance.trip_insurance, name="trip-insurance"),
    path("trips/<slug:code>/insurance/new/", insurance.insurance_add, name="insurance-add"),
    path("insurance/<slug:code>/", insurance.insurance_edit, name="insurance-edit"),
    path("insurance/<slug:code>/remove/", insurance.insurance_remove, name="insurance-remove"),
    path("trips/<slug:code>/cards/", needs.trip_cards, name="trip-cards"),
    path("placements/<slug:code>/talked/", needs.placement_talked, name="placement-talked"),
    path("checklist-steps/", staff_steps.checklist_steps, name="checklist-steps"),
    path("checklists/", checklist.checklist_list, name="checklist-list"),
    path("checklists/file/", checklist.checklist_file, name="checklist-file"),
    path("checklists/<slug:code>/", checklist.checklist_detail, name="checklist-detail"),
    path("checklists/<slug:code>/print/", checklist.checklist_print, name="checklist-print"),
    path("checklists/<slug:code>/items/<slug:key>/", checklist.checklist_item, name="checklist-item"),
    path("checklists/<slug:code>/items/<slug:key>/file/", step_files.step_file_send, name="step-file-send"),
    path("checklists/files/<slug:code>/open/", step_files.step_file, name="step-file"),
    path("checklists/files/<slug:code>/remove/", step_files.step_file_remove, name="step-file-remove"),
    path("checklists/files/<slug:code>/return/", step_files.step_file_return, name="step-file-return"),
    path(
        "checklists/<slug:code>/items/<slug:key>/done/",
        checklist.checklist_item_done,
        name="checklist-item-done",
    ),
    path(
        "checklists/<slug:code>/items/<slug:key>/verify/",
        checklist.checklist_item_verify,
        name="checklist-item-verify",
    ),
]
