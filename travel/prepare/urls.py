"""URL patterns of what comes before departure: the checklist, needs, the itinerary."""

from django.urls import path

from travel.prepare.views import calendar, checklist, itinerary, needs, own_itinerary, signing, signing_guest

urlpatterns = [
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
    path("placements/<slug:code>/itinerary/", own_itinerary.own_itinerary, name="itinerary"),
    path("trips/<slug:code>/itinerary/", itinerary.itinerary_office, name="itinerary-office"),
    path("trips/<slug:code>/itinerary/new/<slug:kind>/", itinerary.itinerary_add, name="itinerary-add"),
    path("trips/<slug:code>/itinerary/publish/", itinerary.itinerary_publish, name="itinerary-publish"),
    path("trips/<slug:code>/itinerary/file/", itinerary.itinerary_import, name="itinerary-import"),
    path("trips/<slug:code>/itinerary/template/", itinerary.itinerary_template, name="itinerary-template"),
    path("trips/lines/<slug:code>/", itinerary.itinerary_segment, name="itinerary-segment"),
    path("trips/lines/<slug:code>/remove/", itinerary.itinerary_remove, name="itinerary-remove"),
    path("placements/<slug:code>/forms/", signing.form_list, name="form-list"),
    path("placements/<slug:code>/forms/<slug:key>/", signing.form_sign, name="form-sign"),
    path("placements/<slug:code>/forms/<slug:key>/withdraw/", signing.form_withdraw, name="form-withdraw"),
    path("placements/<slug:code>/guardian/", signing.guardian_page, name="guardian"),
    path("placements/<slug:code>/guardian/send/", signing.guardian_send, name="guardian-send"),
    path("placements/<slug:code>/guardian/end/", signing.guardian_end, name="guardian-end"),
    path("signed/<slug:code>/", signing.signed_file, name="signed-file"),
    path("trips/<slug:code>/forms/", signing.trip_forms, name="trip-forms"),
    path("sign/<str:token>/", signing_guest.signing_list, name="signing-list"),
    path("sign/<str:token>/<slug:key>/", signing_guest.signing_form, name="signing-form"),
    path("sign/<str:token>/<slug:key>/withdraw/", signing_guest.signing_withdraw, name="signing-withdraw"),
    path("sign/<str:token>/<slug:key>/pdf/", signing_guest.signing_file, name="signing-file"),
    path("placements/<slug:code>/needs/", needs.placement_needs, name="placement-needs"),
    path("placements/<slug:code>/needs/<slug:part>/", needs.placement_needs_part, name="placement-needs-part"),
    path("placements/<slug:code>/contacts/<slug:which>/", needs.placement_contact, name="placement-contact"),
    path("trips/<slug:code>/cards/", needs.trip_cards, name="trip-cards"),
    path("placements/<slug:code>/talked/", needs.placement_talked, name="placement-talked"),
    path("checklists/", checklist.checklist_list, name="checklist-list"),
    path("checklists/<slug:code>/", checklist.checklist_detail, name="checklist-detail"),
    path("checklists/<slug:code>/items/<slug:key>/", checklist.checklist_item, name="checklist-item"),
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
