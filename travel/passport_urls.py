"""Getting to the counter: photo, places, passport days, and what the program pays. A part of `travel.urls`."""

from django.urls import path

from travel.passport.views import facility, passport_day, passport_photo, voucher
from travel.passport.views import passport_day_office as office

PHOTO = [path("passport-photo/", passport_photo.passport_photo, name="passport-photo")]
FACILITIES = [
    path("passport-places/", facility.facility_list, name="facility-list"),
    path("passport-places/add/", facility.facility_add, name="facility-add"),
    path("passport-places/<slug:code>/", facility.facility_change, name="facility-change"),
    path("passport-places/<slug:code>/wait/", facility.facility_wait, name="facility-wait"),
    path("passport-places/<slug:code>/retire/", facility.facility_retire, name="facility-retire"),
    path("passport-places/<slug:code>/choose/", facility.facility_choose, name="facility-choose"),
]
DAYS = [
    path("passport-days/", passport_day.passport_day_list, name="passport-day-list"),
    path("passport-days/plan/", office.passport_day_plan, name="passport-day-plan"),
    path("passport-days/<slug:code>/", passport_day.passport_day_detail, name="passport-day-detail"),
    path("passport-days/<slug:code>/change/", office.passport_day_change, name="passport-day-change"),
    path("passport-days/<slug:code>/times/", office.passport_day_times, name="passport-day-times"),
    path("passport-days/<slug:code>/call-off/", office.passport_day_call_off, name="passport-day-call-off"),
    path("passport-days/<slug:code>/list/", office.passport_day_attendance, name="passport-day-attendance"),
    path("passport-days/<slug:code>/wait/", passport_day.passport_day_wait, name="passport-day-wait"),
    path("passport-days/<slug:code>/book/<slug:slot>/", passport_day.passport_day_book, name="passport-day-book"),
]
BOOKINGS = [
    path("passport-bookings/<slug:code>/cancel/", passport_day.passport_booking_cancel, name="passport-booking-cancel"),
    path("passport-bookings/<slug:code>/bring/", passport_day.passport_booking_bring, name="passport-booking-bring"),
    path(
        "passport-bookings/<slug:code>/calendar/",
        passport_day.passport_booking_calendar,
        name="passport-booking-calendar",
    ),
    path("passport-bookings/<slug:code>/ready/", office.passport_booking_ready, name="passport-booking-ready"),
    path("passport-bookings/<slug:code>/result/", office.passport_booking_result, name="passport-booking-result"),
]
VOUCHERS = [
    path("vouchers/", voucher.voucher_list, name="voucher-list"),
    path("vouchers/issue/", voucher.voucher_issue, name="voucher-issue"),
    path("vouchers/ledger/", voucher.voucher_ledger, name="voucher-ledger"),
    path("vouchers/<slug:code>/", voucher.voucher_detail, name="voucher-detail"),
    path("vouchers/<slug:code>/give/", voucher.voucher_give, name="voucher-give"),
    path("vouchers/<slug:code>/mark/", voucher.voucher_mark, name="voucher-mark"),
]

urlpatterns = PHOTO + FACILITIES + DAYS + BOOKINGS + VOUCHERS
