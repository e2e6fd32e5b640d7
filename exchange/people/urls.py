"""URLs under account/: ours first, then allauth's. Its pages about passwords answer 404."""

from django.urls import include, path, re_path

from exchange.messages.views import texts
from exchange.people.account import views as account
from exchange.people.colleges import views as single_sign_on
from exchange.people.colleges.single_sign_on import OIDC, SAML, from_saml, later
from exchange.people.office import history_views as history

# allauth's own list of addresses has more than is wanted: signing up with and connecting other accounts
urlpatterns = [
    path("", account.account_detail, name="account-detail"),
    path("edit/", account.account_edit, name="account-edit"),
    path("history/", history.account_history_page, name="account-history"),
    path("texts/", texts.account_texts, name="account-texts"),
    path("login/code/", account.code_over, name="account_request_login_code"),
    path("login/code/confirm/", account.ConfirmSignInCode.as_view(), name="account_confirm_login_code"),
    path("confirm-email/", account.confirm_address, name="account_email_verification_sent"),
    path("phone/verify/", account.confirm_phone, name="account_verify_phone"),
    path("reauthenticate/", account.Reauthenticate.as_view(), name="account_reauthenticate"),
    path("stay/", account.stay_signed_in, name="account-stay"),
    path("sessions/", account.Sessions.as_view(), name="usersessions_list"),
    path("logout/", account.SignOut.as_view(), name="account_logout"),
    path("2fa/reauthenticate/", account.ReauthenticateByApp.as_view(), name="mfa_reauthenticate"),
    path(
        "2fa/webauthn/reauthenticate/",
        account.ReauthenticateByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("2fa/webauthn/login/", account.SignInByPasskey.as_view(), name="mfa_login_webauthn"),
    path("2fa/webauthn/add/", account.AddPasskey.as_view(), name="mfa_add_webauthn"),
    re_path(r"^password/", account.no_password, name="account_no_password"),
    path("college/", single_sign_on.choose, name="college-sign-in"),
    path("college/stopped/", single_sign_on.stopped, name="socialaccount_login_cancelled"),
    path("college/<slug:provider_id>/oidc/back/", later(OIDC, "callback"), name="openid_connect_callback"),
    path("college/<slug:organization_slug>/saml/back/", from_saml, name="saml_acs"),
    path("college/<slug:organization_slug>/saml/in/", later(SAML, "finish_acs"), name="saml_finish_acs"),
    path("college/<slug:organization_slug>/saml/out/", account.no_password, name="saml_sls"),
    path("college/<slug:organization_slug>/saml/metadata/", later(SAML, "metadata"), name="saml_metadata"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
