"""URL patterns of endorsing."""

from django.urls import path

from applications.endorse.views import endorsement, enrollment, started

urlpatterns = [
    path("endorsements/", endorsement.endorsement_list, name="endorsement-list"),
    path("endorsements/started/", started.started_list, name="started-list"),
    path("endorsements/started/<slug:code>/code/", started.college_code, name="college-code"),
    path("endorsements/file/", endorsement.endorsement_file, name="endorsement-file"),
    path("endorsements/<slug:code>/several/", endorsement.endorsement_several, name="endorsement-several"),
    path("endorsements/<slug:code>/list/", enrollment.enrollment_upload, name="enrollment-upload"),
    path("endorsements/<slug:code>/list/confirm/", enrollment.enrollment_confirm, name="enrollment-confirm"),
    path("endorsements/<slug:code>/list/template/", enrollment.enrollment_template, name="enrollment-template"),
    path("endorsements/<slug:code>/", endorsement.endorsement_record, name="endorsement-record"),
]
