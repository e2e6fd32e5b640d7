"""OpenID Connect with a college's server, held to more than allauth asks (OpenID Connect Core 1.0, 2 and 3.1.3.7).

The server must name itself as the office entered it. What it names beside is on its own host or, by HTTPS, on one that
the office named: nobody else decides where our secret goes and whose keys count. Its ID token is always read: signed
with a public key, of this sign-in (nonce), and about the same person as the rest of the answer. Imported when a college
is first asked, because the libraries take memory.
"""

import logging
import secrets
from typing import Any
from urllib.parse import SplitResult, urlsplit

from allauth.core.internal.deferred import jwt
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse

from exchange.environment import THIS_MACHINE

logger = logging.getLogger(__name__)

# with a public key: none that signs with what the client knows, too, and never "none"
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
# what we or the browser open
ADDRESSES = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
# Session key of the sign-ins that began here and haven't ended, one for each window.
NONCES = "college_nonces"
NONCES_MAX = 5


class CollegeAdapter(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().openid_config
        entered = self.get_provider().server_url.partition("/.well-known/")[0]
        if str(config.get("issuer", "")).rstrip("/") != entered.rstrip("/"):
            raise OAuth2Error("the server calls itself something else than its address")
        for name in ADDRESSES:
            address = str(config.get(name, ""))
            if not self._is_of_the_college(urlsplit(address), urlsplit(entered)):
                logger.warning("the sign-in of %s names a host that it may not: %s %r", self.provider_id, name, address)
                raise OAuth2Error(f"the server's {name} is on another host")
        return config

    def _is_of_the_college(self, address: SplitResult, entered: SplitResult) -> bool:
        is_its_own = (address.scheme, address.netloc) == (entered.scheme, entered.netloc)
        is_named = address.scheme == "https" and address.hostname in self.get_provider().app.settings["hosts"]
        return is_named or is_its_own and (address.scheme == "https" or address.hostname in THIS_MACHINE)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("the server sent no ID token")
        return super().complete_login(request, app, token, **kwargs)

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        try:
            algorithm = jwt.get_unverified_header(id_token).get("alg")
            if algorithm not in ALGORITHMS:
                raise OAuth2Error(f"an ID token signed with {algorithm} isn't taken")
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (jwt.PyJWTError, KeyError) as error:
            raise OAuth2Error("the ID token can't be read") from error
        waiting = self.request.session.get(NONCES, [])
        if claims.get("nonce") not in waiting:
            raise OAuth2Error("the ID token answers another sign-in")
        self.request.session[NONCES] = [each for each in waiting if each != claims["nonce"]]
        return claims


class CollegeProvider(OpenIDConnectProvider):
    oauth2_adapter_class = CollegeAdapter

    def redirect(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        request.session[NONCES] = [nonce, *request.session.get(NONCES, [])][:NONCES_MAX]
        params = kwargs.pop("auth_params", None) or self.get_auth_params()
        response: HttpResponse = super().redirect(request, *args, auth_params={**params, "nonce": nonce}, **kwargs)
        return response

    def sociallogin_from_response(self, request: HttpRequest, response: dict[str, Any]) -> SocialLogin:
        about, token = response.get("userinfo", {}), response["id_token"]
        if about and about.get("sub") != token.get("sub"):
            raise OAuth2Error("the answers are about two people")
        return super().sociallogin_from_response(request, response)


@login_not_required
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        view = OAuth2CallbackView.adapter_view(CollegeAdapter(request, provider_id))
        response: HttpResponse = view(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    return response
