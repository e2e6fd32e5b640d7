"""URL patterns of passports."""

from django.urls import path

from travel.passport.calls import views as passport_board
from travel.passport.case import photo_views as passport_photo
from travel.passport.case import question_views as passport_questions
from travel.passport.case import views as passport
from travel.passport.days import office_views as office
from travel.passport.days import views as passport_day
from travel.passport.facilities import views as facility
from travel.passport.numbers import views as document_number
from travel.passport.ticket_names import views as ticket_name
from travel.passport.vouchers import views as voucher

urlpatterns = [
    path("passports/", passport_board.passport_board, name="passport-board"),
    path("passports/lists/", passport_board.passport_open_lists, name="passport-open-lists"),
    path("passports/<slug:code>/call/", passport_board.passport_call, name="passport-call"),
    path("passports/<slug:code>/call/undo/", passport_board.passport_call_undo, name="passport-call-undo"),
    path("trips/<slug:code>/names/", ticket_name.trip_names, name="trip-names"),
    path("trips/<slug:code>/numbers/", document_number.trip_numbers, name="trip-numbers"),
    path("trips/<slug:code>/numbers/<slug:purpose>/end/", document_number.trip_numbers_end, name="trip-numbers-end"),
    path("placements/<slug:code>/name/", ticket_name.placement_name, name="placement-name"),
    path("placements/<slug:code>/name/undo/", ticket_name.placement_name_undo, name="placement-name-undo"),
    path("placements/<slug:code>/numbers/", document_number.placement_numbers, name="placement-numbers"),
    path(
        "placements/<slug:code>/numbers/<slug:purpose>/look/",
        document_number.placement_number_look,
        name="placement-number-look",
    ),
    # keyed by the application, because a passport case begins before the placement
    path("passports/what-can-stop/", passport_questions.passport_stops, name="passport-stops"),
    path("passports/another-document/", passport.passport_elsewhere, name="passport-elsewhere"),
    path("passports/<slug:code>/", passport.passport_detail, name="passport-detail"),
    path("passports/<slug:code>/questions/", passport_questions.passport_route, name="passport-route"),
    path("passports/<slug:code>/advisor/", passport.passport_advisor, name="passport-advisor"),
    path("passports/<slug:code>/talk/", passport.passport_talk, name="passport-talk"),
    path("passports/<slug:code>/talked/", passport.passport_talked, name="passport-talked"),
    path("passports/<slug:code>/answers/", passport.passport_answers, name="passport-answers"),
    path("passports/<slug:code>/cities/", passport.passport_cities, name="passport-cities"),
    path("passports/<slug:code>/certificate/", passport.passport_certificate, name="passport-certificate"),
    path("passports/<slug:code>/signed/", passport.passport_told, {"what": "signed"}, name="passport-signed"),
    path("passports/<slug:code>/reported/", passport.passport_told, {"what": "reported"}, name="passport-reported"),
    path("passports/<slug:code>/stage/", passport.passport_stage, name="passport-stage"),
    path("passport-photo/", passport_photo.passport_photo, name="passport-photo"),
    path("passport-places/", facility.facility_list, name="facility-list"),
    path("passport-places/add/", facility.facility_add, name="facility-add"),
    path("passport-places/<slug:code>/", facility.facility_change, name="facility-change"),
    path("passport-places/<slug:code>/wait/", facility.facility_wait, name="facility-wait"),
    path("passport-places/<slug:code>/retire/", facility.facility_retire, name="facility-retire"),
    path("passport-places/<slug:code>/choose/", facility.facility_choose, name="facility-choose"),
    path("passport-days/", passport_day.passport_day_list, name="passport-day-list"),
    path("passport-days/plan/", office.passport_day_plan, name="passport-day-plan"),
    path("passport-days/<slug:code>/", passport_day.passport_day_detail, name="passport-day-detail"),
    path("passport-days/<slug:code>/change/", office.passport_day_change, name="passport-day-change"),
    path("passport-days/<slug:code>/times/", office.passport_day_times, name="passport-day-times"),
    path("passport-days/<slug:code>/call-off/", office.passport_day_call_off, name="passport-day-call-off"),
    path("passport-days/<slug:code>/list/", office.passport_day_attendance, name="passport-day-attendance"),
    path("passport-days/<slug:code>/wait/", passport_day.passport_day_wait, name="passport-day-wait"),
    path("passport-days/<slug:code>/book/<slug:slot>/", passport_day.passport_day_book, name="passport-day-book"),
    path("passport-bookings/<slug:code>/cancel/", passport_day.passport_booking_cancel, name="passport-booking-cancel"),
    path("passport-bookings/<slug:code>/bring/", passport_day.passport_booking_bring, name="passport-booking-bring"),
    path(
        "passport-bookings/<slug:code>/calendar/",
        passport_day.passport_booking_calendar,
        name="passport-booking-calendar",
    ),
    path("passport-bookings/<slug:code>/ready/", office.passport_booking_ready, name="passport-booking-ready"),
    path("passport-bookings/<slug:code>/result/", office.passport_booking_result, name="passport-booking-result"),
    path("vouchers/", voucher.voucher_list, name="voucher-list"),
    path("vouchers/issue/", voucher.voucher_issue, name="voucher-issue"),
    path("vouchers/ledger/", voucher.voucher_ledger, name="voucher-ledger"),
    path("vouchers/<slug:code>/", voucher.voucher_detail, name="voucher-detail"),
    path("vouchers/<slug:code>/give/", voucher.voucher_give, name="voucher-give"),
    path("vouchers/<slug:code>/mark/", voucher.voucher_mark, name="voucher-mark"),
]
