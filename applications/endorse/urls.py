"""URL patterns of endorsing."""

from django.urls import path

from applications.endorse.views import endorsement, enrollment

urlpatterns = [
    path("endorsements/", endorsement.endorsement_list, name="endorsement-list"),
    path("endorsements/file/", endorsement.endorsement_file, name="endorsement-file"),
    path("endorsements/<slug:code>/several/", endorsement.endorsement_several, name="endorsement-several"),
    path("endorsements/<slug:code>/list/", enrollment.enrollment_upload, name="enrollment-upload"),
    path("endorsements/<slug:code>/list/confirm/", enrollment.enrollment_confirm, name="enrollment-confirm"),
    path("endorsements/<slug:code>/list/template/", enrollment.enrollment_template, name="enrollment-template"),
    path("endorsements/<slug:code>/", endorsement.endorsement_record, name="endorsement-record"),
]
