"""URL patterns of the checklist."""

from django.urls import path

from travel.prepare.views import checklist, needs, signing, signing_guest

urlpatterns = [
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
