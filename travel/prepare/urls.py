"""URL patterns of the checklist."""

from django.urls import path

from travel.prepare.views import checklist, needs

urlpatterns = [
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
