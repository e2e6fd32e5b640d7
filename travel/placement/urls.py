"""URL patterns of placement and trips."""

from django.urls import path

from travel.placement.views import placement, placement_check, placement_run, record, seat, trip, trip_change

urlpatterns = [
    path("trips/new/<slug:code>/", trip.trip_add, name="trip-add"),
    path("trips/<slug:code>/edit/", trip.trip_edit, name="trip-edit"),
    path("trips/<slug:code>/budget/", trip.budget, name="budget"),
    path("trips/<slug:code>/budget/csv/", trip.budget_csv, name="budget-csv"),
    path("trips/<slug:code>/budget/new/", trip.budget_line_add, name="budget-line-add"),
    path("trips/<slug:code>/host/", trip.trip_host, name="trip-host"),
    path("trips/<slug:code>/host/<slug:contact>/send/", trip.host_send, name="host-send"),
    path("trips/<slug:code>/programme/", trip.programme_edit, name="programme-edit"),
    path("trips/<slug:code>/programme/take-over/", trip.programme_take_over, name="programme-take-over"),
    path("trips/costs/<slug:code>/", trip.budget_line_edit, name="budget-line-edit"),
    path("trips/costs/<slug:code>/remove/", trip.budget_line_remove, name="budget-line-remove"),
    path("trips/<slug:code>/change/", trip_change.trip_change_new, name="trip-change-new"),
    path("trips/changes/<slug:code>/", trip_change.trip_change, name="trip-change"),
    path("trips/changes/<slug:code>/apply/", trip_change.trip_change_apply, name="trip-change-apply"),
    path("trips/changes/<slug:code>/discard/", trip_change.trip_change_discard, name="trip-change-discard"),
    path("trips/go/<slug:code>/", trip_change.go_decision_page, name="go-decision"),
    path("trips/links/<slug:code>/stop/", trip.host_stop, name="host-stop"),
    path("trips/", placement.trip_list, name="trip-list"),
    path("trips/<slug:code>/", placement.trip_detail, name="trip-detail"),
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
    path("placements/<slug:code>/record/", record.placement_record, name="placement-record"),
    path("placements/<slug:code>/letter/", seat.placement_letter, name="placement-letter"),
    path("placements/<slug:code>/family/<slug:language>/", seat.placement_family, name="placement-family"),
]
