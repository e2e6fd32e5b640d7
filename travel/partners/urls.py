"""URL patterns of partners."""

from django.urls import path

from travel.partners.views import agreement, city, host, partner, picture, sponsor

urlpatterns = [
    path("cities/", city.city_list, name="city-list"),
    path("cities/<slug:code>/", city.city_detail, name="city-detail"),
    path("cities/pictures/<slug:code>/<slug:width>/", picture.city_picture, name="city-picture"),
    path("host/<str:token>/", host.host_arrivals, name="host-arrivals"),
    path("host/<str:token>/programme/", host.host_programme, name="host-programme"),
    path("host/<str:token>/rooms/", host.host_rooms, name="host-rooms"),
    path("partners/", partner.partner_list, name="partner-list"),
    path("partners/new/", partner.partner_add, name="partner-add"),
    path("partners/cities/<slug:code>/", partner.partner_detail, name="partner-detail"),
    path("partners/cities/<slug:code>/edit/", partner.partner_edit, name="partner-edit"),
    path("partners/cities/<slug:code>/picture/", picture.partner_picture, name="partner-picture"),
    path("partners/cities/<slug:code>/picture/act/", picture.partner_picture_act, name="partner-picture-act"),
    path("your-city/picture/", picture.home_picture, name="home-picture"),
    path("your-city/logo/", picture.home_logo, name="home-logo"),
    path("your-city/logo/act/", picture.home_logo_act, name="home-logo-act"),
    path("your-city/picture/act/", picture.home_picture_act, name="home-picture-act"),
    path("partners/cities/<slug:code>/offer/", partner.partner_offer, name="partner-offer"),
    path("partners/cities/<slug:code>/hosts/new/", partner.host_add, name="host-add"),
    path("partners/cities/<slug:code>/agreements/new/", agreement.agreement_add, name="agreement-add"),
    path("partners/cities/<slug:code>/<slug:kind>/", partner.standing_record, name="standing-record"),
    path("partners/hosts/<slug:code>/", partner.host_edit, name="host-edit"),
    path("partners/contacts/<slug:code>/", partner.contact_edit, name="contact-edit"),
    path("partners/contacts/<slug:code>/remove/", partner.contact_remove, name="contact-remove"),
    path("partners/contacts/<slug:owner>/<slug:code>/new/", partner.contact_add, name="contact-add"),
    path("partners/agreements/<slug:code>/", agreement.agreement_edit, name="agreement-edit"),
    path("partners/agreements/papers/<slug:code>/open/", agreement.agreement_download, name="agreement-download"),
    path(
        "partners/agreements/papers/<slug:code>/remove/", agreement.agreement_file_remove, name="agreement-file-remove"
    ),
    path("partners/agreements/file/<str:token>/", agreement.agreement_file, name="agreement-file"),
    path("partners/sponsors/", sponsor.sponsor_list, name="sponsor-list"),
    path("partners/sponsors/new/", sponsor.sponsor_add, name="sponsor-add"),
    path("partners/sponsors/<slug:code>/", sponsor.sponsor_detail, name="sponsor-detail"),
    path("partners/sponsors/<slug:code>/edit/", sponsor.sponsor_edit, name="sponsor-edit"),
    path("partners/sponsors/<slug:code>/gifts/new/", sponsor.contribution_add, name="contribution-add"),
    path("partners/gifts/<slug:code>/", sponsor.contribution_edit, name="contribution-edit"),
    path("partners/gifts/<slug:code>/remove/", sponsor.contribution_remove, name="contribution-remove"),
]
