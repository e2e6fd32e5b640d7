"""URL patterns of outcomes."""

from django.urls import path

from travel.outcomes.views import data, earlier, fairness, impact, open_doors, outcomes, releases, reports

urlpatterns = [
    path("impact/", impact.impact_page, name="impact"),
    path("impact/card/", impact.impact_card, name="impact-card"),
    path("impact/data.csv", data.data_csv, name="open-data-csv"),
    path("impact/data.json", data.data_json, name="open-data-json"),
    path("impact/data.schema.json", data.data_schema, name="open-data-schema"),
    path("impact/data-dictionary/", data.dictionary, name="open-data-dictionary"),
    path("outcomes/reports/", reports.reports, name="outcomes-reports"),
    path("outcomes/reports/annual/", reports.annual_start, name="outcomes-annual"),
    path("outcomes/reports/briefing/", reports.briefing_pdf, name="outcomes-briefing"),
    path("outcomes/cities/", data.cities, name="outcomes-cities"),
    path("outcomes/cities/<slug:code>/show/", data.city_show, name="outcomes-city-show"),
    path("outcomes/", outcomes.outcomes, name="outcomes"),
    path("outcomes/pdf/", outcomes.outcomes_pdf, name="outcomes-pdf"),
    path("outcomes/fairness/<slug:code>/", fairness.fairness, name="outcomes-fairness"),
    path("outcomes/fairness/<slug:code>/pdf/", fairness.fairness_pdf, name="outcomes-fairness-pdf"),
    path("outcomes/fairness/<slug:code>/csv/", fairness.fairness_csv, name="outcomes-fairness-csv"),
    path("outcomes/open-doors/", open_doors.open_doors_page, name="open-doors"),
    path("outcomes/open-doors/credit/", open_doors.open_doors_credit, name="open-doors-credit"),
    path("outcomes/open-doors/file/", open_doors.open_doors_file, name="open-doors-file"),
    path("outcomes/earlier/", earlier.earlier_years, name="outcomes-earlier"),
    path("outcomes/earlier/<slug:code>/undo/", earlier.earlier_undo, name="outcomes-earlier-undo"),
    path("outcomes/releases/", releases.release_list, name="outcomes-releases"),
    path("outcomes/releases/next/", releases.release_next, name="outcomes-release-next"),
    path("outcomes/releases/next/<slug:code>/publish/", releases.release_publish, name="outcomes-release-publish"),
    path("outcomes/releases/<slug:number>/", releases.release_detail, name="outcomes-release"),
]
