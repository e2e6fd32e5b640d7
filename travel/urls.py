from django.urls import path

from travel import passport_urls
from travel.office.views import export, home, pipeline
from travel.outcomes.views import fairness, outcomes
from travel.partner_urls import PARTNERS, PUBLIC
from travel.passport.views import passport, passport_questions
from travel.placement.views import placement, placement_check, placement_run, seat
from travel.prepare.views import checklist, needs
from travel.reflection import views as reflection
from travel.staff_urls import STAFF

app_name = "travel"

HOME = [
    path("my-data/", export.export, name="export"),
    path("journey/", home.journey, name="journey"),
    path("work/", home.work, name="work"),
    path("pipeline/", pipeline.pipeline, name="pipeline"),
]
PLACEMENTS = [
    path("placements/waiting/", pipeline.placement_waiting, name="placement-waiting"),
    path("trips/", placement.trip_list, name="trip-list"),
    path("trips/<slug:code>/", placement.trip_detail, name="trip-detail"),
    path("trips/<slug:code>/depart/", placement.trip_depart, name="trip-depart"),
    path("trips/<slug:code>/return/", placement.trip_return, name="trip-return"),
    path("trips/<slug:code>/reopen/", placement_run.trip_reopen, name="trip-reopen"),
    path("placements/cycle/<slug:code>/", placement_run.placement_run_list, name="placement-run-list"),
    path("placements/cycle/<slug:code>/letters/", seat.placement_letters, name="placement-letters"),
    path("placements/run/<slug:code>/", placement_run.placement_run, name="placement-run"),
    path("placements/runs/<slug:code>/", placement_run.placement_run_detail, name="placement-run-detail"),
    path("placements/runs/<slug:code>/inputs/", placement_check.placement_inputs, name="placement-run-inputs"),
    path("placements/runs/<slug:code>/result/", placement_check.placement_result, name="placement-run-result"),
    path("placements/check-placement/", placement_check.placement_script, name="placement-script"),
    path("placements/runs/<slug:code>/close/", placement_run.placement_run_close, name="placement-run-close"),
    path("placements/runs/<slug:code>/release/", placement_run.placement_run_release, name="placement-run-release"),
    path("placements/runs/<slug:code>/beside/<slug:other>/", placement_run.placement_compare, name="placement-compare"),
    path("placements/none/<slug:code>/", seat.placement_none, name="placement-none"),
    path("placements/<slug:code>/", seat.placement_detail, name="placement-detail"),
    path("placements/<slug:code>/upgrade/", seat.placement_upgrade, name="placement-upgrade"),
    path("placements/<slug:code>/needs/", needs.placement_needs, name="placement-needs"),
    path("placements/<slug:code>/talked/", needs.placement_talked, name="placement-talked"),
    path("placements/<slug:code>/letter/", seat.placement_letter, name="placement-letter"),
    path("placements/<slug:code>/family/<slug:language>/", seat.placement_family, name="placement-family"),
]
CHECKLISTS = [
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
PASSPORTS = [  # by the application: the way begins before there is a seat
    path("passports/what-can-stop/", passport_questions.passport_stops, name="passport-stops"),
    path("passports/<slug:code>/", passport.passport_detail, name="passport-detail"),
    path("passports/<slug:code>/questions/", passport_questions.passport_route, name="passport-route"),
    path("passports/<slug:code>/advisor/", passport.passport_advisor, name="passport-advisor"),
    path("passports/<slug:code>/answers/", passport.passport_answers, name="passport-answers"),
    path("passports/<slug:code>/cities/", passport.passport_cities, name="passport-cities"),
    path("passports/<slug:code>/certificate/", passport.passport_certificate, name="passport-certificate"),
    path("passports/<slug:code>/stage/", passport.passport_stage, name="passport-stage"),
]
REFLECTIONS = [
    path("reflections/", reflection.reflection_list, name="reflection-list"),
    path("reflections/<slug:code>/<slug:prompt>/", reflection.reflection_write, name="reflection-write"),
]
OUTCOMES = [
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("outcomes/pdf/", outcomes.outcomes_pdf, name="outcomes-pdf"),
    path("outcomes/fairness/<slug:code>/", fairness.fairness, name="outcomes-fairness"),
    path("outcomes/fairness/<slug:code>/pdf/", fairness.fairness_pdf, name="outcomes-fairness-pdf"),
    path("outcomes/fairness/<slug:code>/csv/", fairness.fairness_csv, name="outcomes-fairness-csv"),
]

urlpatterns = HOME + PUBLIC + PARTNERS + STAFF + PLACEMENTS + CHECKLISTS + PASSPORTS + passport_urls.urlpatterns
urlpatterns += REFLECTIONS + OUTCOMES
