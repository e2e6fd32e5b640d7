"""URL patterns of applying."""

from django.urls import path

from applications.apply.views import (
    application,
    application_office,
    carry,
    draft,
    recommendation,
    records_consent,
    staff_note,
    thread,
    upload,
)
from applications.apply.views import help as help_views

urlpatterns = [
    path("cycles/<slug:code>/carry/", carry.application_carry, name="application-carry"),
    path("cycles/<slug:code>/start/", draft.application_start, name="application-start"),
    path("applications/", application_office.application_list, name="application-list"),
    path("applications/<slug:code>/", application_office.application_detail, name="application-detail"),
    path("applications/<slug:code>/form/", application.application_overview, name="application-overview"),
    path(
        "applications/<slug:code>/form/<slug:section>/",
        application.application_section,
        name="application-section",
    ),
    path(
        "applications/<slug:code>/form/<slug:section>/still-true/",
        carry.application_still_true,
        name="application-still-true",
    ),
    path("applications/<slug:code>/save/", draft.application_save, name="application-save"),
    path("applications/<slug:code>/elsewhere/", draft.application_elsewhere, name="application-elsewhere"),
    path("applications/<slug:code>/come-back/", draft.application_come_back, name="application-come-back"),
    path("applications/<slug:code>/discard/", draft.application_discard, name="application-discard"),
    path("drafts/<str:token>/", draft.application_claim, name="application-claim"),
    path("applications/<slug:code>/check/", application.application_check, name="application-check"),
    path("applications/<slug:code>/submit/", application.application_submit, name="application-submit"),
    path("applications/<slug:code>/receipt/", application.application_receipt, name="application-receipt"),
    path("applications/<slug:code>/copy/", application.application_copy, name="application-copy"),
    path("applications/<slug:code>/more-time/", application.application_more_time, name="application-more-time"),
    path("applications/<slug:code>/reopen/", application_office.application_reopen, name="application-reopen"),
    path(
        "applications/<slug:code>/more-time/no/",
        application_office.application_refuse_time,
        name="application-refuse-time",
    ),
    path("applications/<slug:code>/college-records/", records_consent.records_consent, name="records-consent"),
    path(
        "applications/<slug:code>/college-records/take-back/",
        records_consent.records_consent_withdraw,
        name="records-consent-withdraw",
    ),
    path(
        "applications/<slug:code>/college-records/ask/",
        records_consent.records_consent_ask,
        name="records-consent-ask",
    ),
    path("applications/<slug:code>/withdraw/", application.application_withdraw, name="application-withdraw"),
    path("applications/<slug:code>/return/", application_office.application_return, name="application-return"),
    path("applications/<slug:code>/go-on/", application_office.application_go_on, name="application-go-on"),
    path("applications/<slug:code>/uploads/", upload.upload_create, name="upload-create"),
    path("applications/<slug:code>/uploads/<slug:upload>/", upload.upload_piece, name="upload-piece"),
    path("applications/<slug:code>/uploads/<slug:upload>/state/", upload.upload_state, name="upload-state"),
    path("applications/<slug:code>/uploads/<slug:upload>/remove/", upload.upload_remove, name="upload-remove"),
    path("uploads/<slug:code>/", upload.upload_download, name="upload-download"),
    path("files/<str:token>/", upload.upload_file, name="upload-file"),
    # for the referee, by a private link
    path("recommendations/<str:token>/", recommendation.recommendation_write, name="recommendation-write"),
    path("recommendations/<str:token>/send/", recommendation.recommendation_send, name="recommendation-send"),
    path("recommendations/<str:token>/decline/", recommendation.recommendation_decline, name="recommendation-decline"),
    path(
        "recommendations/<str:token>/wrong-person/",
        recommendation.recommendation_wrong_person,
        name="recommendation-wrong-person",
    ),
    # for students and staff
    path("applications/<slug:code>/referee/", recommendation.recommendation_replace, name="recommendation-replace"),
    path(
        "applications/<slug:code>/referee/send-again/",
        recommendation.recommendation_send_again,
        name="recommendation-send-again",
    ),
    path("applications/<slug:code>/referee/stop/", recommendation.recommendation_revoke, name="recommendation-revoke"),
    path("help/", help_views.help_begin, name="help-begin"),
    path("applications/<slug:code>/help/", help_views.help_offer, name="help-offer"),
    path("applications/<slug:code>/help/stop/", help_views.help_stop, name="help-stop"),
    path("applications/<slug:code>/notes/", staff_note.staff_note_add, name="staff-note-add"),
    path("notes/<slug:code>/take-back/", staff_note.staff_note_take_back, name="staff-note-take-back"),
    path("questions/", thread.thread_list, name="thread-list"),
    path("questions/new/", thread.thread_new, name="thread-new"),
    path("applications/<slug:code>/write/", thread.thread_begin, name="thread-begin"),
    path("questions/<slug:code>/", thread.thread_detail, name="thread-detail"),
    path("questions/<slug:code>/pass/", thread.thread_pass, name="thread-pass"),
]
