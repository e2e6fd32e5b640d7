"""All URLs of the portal. May import any app and is imported by none."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from exchange.background import health, metrics
from exchange.background import views as jobs
from exchange.keeping import views as operations
from exchange.messages.views import mail_events, messages, texts
from exchange.people.account import language_views as language
from exchange.people.office import history_views as history
from exchange.people.office import merge_views as merging
from exchange.people.office import reset_views as people
from exchange.people.office import second_views as second
from exchange.people.open_pages import contact_views as contact
from exchange.people.open_pages import notice_views as notices
from exchange.people.open_pages import security_views as security
from exchange.people.roles import invitation_views as invitations
from exchange.people.roles import role_change_views as role_changes
from exchange.people.roles import views as who
from exchange.people.sign_in import demo_views as demo
from exchange.web.views import offline, saved_views, styleguide
from exchange.wording.views import messages as message_texts
from travel.office.home.views import home

handler500 = "exchange.web.views.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("status/", operations.status_page, name="status"),
    path("status/send-again/", operations.status_send_again, name="status-send-again"),
    path("status/backup/", operations.status_backup, name="status-backup"),
    path("status/runbook/", operations.status_runbook, name="status-runbook"),
    path("sw.js", offline.service_worker, name="service-worker"),
    path("contact/", contact.contact, name="contact"),
    path("privacy/", notices.privacy, name="privacy"),
    path("accessibility/", notices.accessibility, name="accessibility"),
    path(".well-known/security.txt", security.security_txt, name="security-txt"),
    path(".well-known/security-policy.txt", security.security_policy, name="security-policy"),
    path("language/", language.set_language, name="set-language"),
    path("messages/failed/", messages.message_failed, name="message-failed"),
    path("messages/failed/file/", messages.message_failed_file, name="message-failed-file"),
    path("messages/send-all-again/", messages.message_send_all_again, name="message-send-all-again"),
    path("messages/<slug:code>/", messages.message_detail, name="message-detail"),
    path("messages/<slug:code>/beside/", messages.message_peek, name="message-peek"),
    path("messages/<slug:code>/send-again/", messages.message_send_again, name="message-send-again"),
    path("messages/<slug:code>/address/", messages.message_address, name="message-address"),
    path("texts/messages/", message_texts.message_texts, name="message-texts"),
    path("texts/messages/<slug:app>/<slug:event>/", message_texts.message_text, name="message-text"),
    path(
        "texts/messages/<slug:app>/<slug:event>/sample/<slug:language>/",
        message_texts.message_text_sample,
        name="message-text-sample",
    ),
    path(
        "texts/messages/<slug:app>/<slug:event>/<slug:code>/",
        message_texts.message_text_history,
        name="message-text-history",
    ),
    path(
        "texts/messages/<slug:app>/<slug:event>/<slug:code>/back/",
        message_texts.message_text_back,
        name="message-text-back",
    ),
    path("mail/events/", mail_events.mail_events, name="mail-events"),
    path("mail/reminders/", mail_events.reminders_again, name="reminders-again"),
    path("texts/inbound/", texts.texts_inbound, name="texts-inbound"),
    path("texts/events/", texts.texts_events, name="texts-events"),
    path("texts/unknown/", texts.texts_unknown, name="texts-unknown"),
    path("texts/unknown/<slug:code>/", texts.texts_unknown_detail, name="texts-unknown-detail"),
    path("texts/unknown/<slug:code>/peek/", texts.texts_unknown_peek, name="texts-unknown-peek"),
    path("texts/unknown/<slug:code>/done/", texts.texts_unknown_done, name="texts-unknown-done"),
    path("texts/record/", texts.texts_record, name="texts-record"),
    path("views/save/", saved_views.saved_view_save, name="saved-view-save"),
    path("views/<slug:code>/remove/", saved_views.saved_view_remove, name="saved-view-remove"),
    path("people/", who.people, name="people"),
    path("people/file/", who.people_file, name="people-file"),
    path("people/history/", history.people_history, name="people-history"),
    path("people/invite/", invitations.people_invite, name="people-invite"),
    path("people/invitations/<slug:code>/", invitations.invitation_detail, name="invitation-detail"),
    path("people/invitations/<slug:code>/send-again/", invitations.invitation_send_again, name="invitation-send-again"),
    path("people/invitations/<slug:code>/end/", invitations.invitation_end, name="invitation-end"),
    path("people/past-roles/<slug:code>/undo/", role_changes.role_undo, name="role-undo"),
    path("invitations/<str:link>/", invitations.invitation, name="invitation"),
    path("people/<slug:code>/", people.person_detail, name="person-detail"),
    path("people/<slug:code>/beside/", who.person_peek, name="person-peek"),
    path("people/<slug:code>/end-sessions/", people.person_end_sessions, name="person-end-sessions"),
    path("people/<slug:code>/reset/", people.person_reset, name="person-reset"),
    path("people/<slug:code>/roles/<slug:kind>/<slug:college>/end/", role_changes.role_end, name="role-end"),
    path("people/<slug:code>/roles/advisor/<slug:college>/move/", role_changes.role_move, name="role-move"),
    path("people/<slug:code>/merge/", merging.person_merge, name="person-merge"),
    path("people/<slug:code>/merge/<slug:other>/", merging.person_merge_preview, name="person-merge-preview"),
    path("people/<slug:code>/merge/<slug:other>/task/", merging.person_merge_task, name="person-merge-task"),
    path("people/merges/<slug:code>/confirm/", merging.merge_confirm, name="merge-confirm"),
    path("people/merges/<slug:code>/undo/", merging.merge_undo, name="merge-undo"),
    path("people/resets/<slug:code>/confirm/", people.reset_confirm, name="reset-confirm"),
    path("second-person/<slug:kind>/<slug:code>/", second.second_detail, name="second-detail"),
    path("second-person/<slug:kind>/<slug:code>/stop/", second.second_stop, name="second-stop"),
    path("people/alerts/<slug:code>/", history.alert_handled, name="people-alert-handled"),
    path("jobs/<slug:code>/", jobs.job_detail, name="job-detail"),
    path("jobs/<slug:code>/result/", jobs.job_result, name="job-result"),
    path("account/", include("exchange.people.urls")),
    path("admin/", admin.site.urls),
    path("", include("applications.urls")),
    path("", include("travel.urls")),
]

if settings.DEMO:  # in production these addresses do not exist
    urlpatterns += [
        path("demo/", demo.demo, name="demo"),
        path("demo/sign-in/<slug:key>/", demo.demo_sign_in, name="demo-sign-in"),
        path("demo/outbox/", demo.demo_outbox, name="demo-outbox"),
        path("demo/outbox/<slug:code>/", demo.demo_message, name="demo-message"),
        path("styleguide/", styleguide.styleguide, name="styleguide"),
    ]
