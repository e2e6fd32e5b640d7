"""URL patterns of releases and offers."""

from django.urls import path

from applications.release.views import (
    appeal,
    call,
    correction,
    filling,
    letter,
    offer,
    offer_office,
    release,
    statement,
    withdrawal,
)

urlpatterns = [
    path("selection/preview/<slug:code>/", release.selection_preview, name="selection-preview"),
    path("selection/release/<slug:code>/", release.selection_release, name="selection-release"),
    path("selection/schedule/<slug:code>/", release.selection_schedule, name="selection-schedule"),
    path("selection/releases/<slug:code>/", release.selection_release_detail, name="selection-release-detail"),
    path("selection/offers/<slug:code>/", offer_office.selection_offers, name="selection-offers"),
    path("selection/fill/<slug:code>/", filling.selection_fill, name="selection-fill"),
    path("selection/fills/<slug:code>/", filling.selection_filled, name="selection-filled"),
    path("scheduled/<slug:code>/cancel/", filling.scheduled_cancel, name="scheduled-cancel"),
    path("selection/<slug:code>/correct/", correction.decision_correct, name="decision-correct"),
    path("selection/<slug:code>/promote/", correction.decision_promote, name="decision-promote"),
    path("selection/<slug:code>/letter/", letter.decision_letter, name="decision-letter"),
    path("applications/<slug:code>/letter/", letter.application_letter, name="application-letter"),
    path(
        "applications/<slug:code>/withdraw-for/undo/",
        withdrawal.application_withdraw_undo,
        name="application-withdraw-undo",
    ),
    path(
        "applications/<slug:code>/withdraw-for/",
        withdrawal.application_withdraw_for,
        name="application-withdraw-for",
    ),
    path("applications/<slug:code>/appeal/", appeal.appeal_own, name="appeal-own"),
    path("appeals/", appeal.appeal_list, name="appeal-list"),
    path("appeals/possible/", appeal.appeal_possible, name="appeal-possible"),
    path("appeals/<slug:code>/", appeal.appeal_detail, name="appeal-detail"),
    path("appeals/<slug:code>/assign/", appeal.appeal_assign, name="appeal-assign"),
    path("appeals/<slug:code>/undo/", appeal.appeal_undo, name="appeal-undo"),
    path("appeals/<slug:code>/withdraw/", appeal.appeal_withdraw, name="appeal-withdraw"),
    path("applications/<slug:code>/said/<slug:what>/", statement.statement_record, name="statement-record"),
    path("said/<slug:code>/", statement.statement_detail, name="statement-detail"),
    path("said/<slug:code>/undo/", statement.statement_undo, name="statement-undo"),
    path("offers/<slug:code>/", offer.offer_detail, name="offer-detail"),
    path("offers/<slug:code>/confirm/", offer.offer_confirm, name="offer-confirm"),
    path("offers/<slug:code>/decline/", offer.offer_decline, name="offer-decline"),
    path("offers/<slug:code>/lapse/", offer_office.offer_lapse, name="offer-lapse"),
    path("offers/<slug:code>/extend/", offer_office.offer_extend, name="offer-extend"),
    path("calls/", call.call_list, name="call-list"),
    path("calls/<slug:code>/", call.call_record, name="call-record"),
]
