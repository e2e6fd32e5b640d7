"""Admin pages where the office corrects reference rows. Events and messages are read-only."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509
from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from exchange import environment
from exchange.base import audit
from exchange.models import College, Event, Message, PartnerCity, Role, SingleSignOn, User
from exchange.people.roles import invitations
from exchange.people.sign_in import accounts
from exchange.web.shortcuts import me

if TYPE_CHECKING:  # generic in the stubs, but not at runtime
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[SingleSignOn]
else:
    ModelForm = forms.ModelForm
    ModelAdmin = admin.ModelAdmin


def sign_out_everywhere(request: HttpRequest, user: User, reason: str) -> None:
    accounts.end_sessions(user, by=me(request), reason=reason)
    if user == me(request):
        request.session.flush()  # otherwise Django would save the session that has just been deleted, and answer 400


class Recorded(ModelAdmin):
    """Writes an Event with each correction, in the transaction of the admin's view.

    `key_fields`: the natural key, by which `load_reference` and the code know the row; fixed once the row is there.
    """

    key_fields: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), *(self.key_fields if obj else ()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        action = "admin.change" if change else "admin.add"
        audit.record(action, obj, by=me(request), changes={"fields": form.changed_data})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The event keeps the row's natural key, because its name may change and its number says nothing."""
        changes = {"was": str(obj)}
        if hasattr(obj, "natural_key"):
            changes["key"] = obj.natural_key()
        audit.record("admin.delete", obj, by=me(request), changes=changes)
        super().delete_model(request, obj)

    @transaction.atomic  # Django opens a transaction for one row's page, but not for the list's actions
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


class ReadOnly(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(College)
class CollegeAdmin(Recorded):
    key_fields = ("code",)
    list_display = ("name", "short_name", "code", "mis_code", "place", "district")
    search_fields = ("name", "code")


@admin.register(PartnerCity)
class PartnerCityAdmin(Recorded):
    key_fields = ("code",)
    list_display = ("name_en", "country_en", "airport_code", "is_sister_city", "is_offered")
    list_filter = ("is_sister_city", "is_offered")
    search_fields = ("name_en", "name_es", "country_en")


@admin.register(Role)
class RoleAdmin(ReadOnly):
    """To look at. Roles are given by invitation and ended on the page of the person (`exchange.people`)."""

    list_display = ("user", "kind", "college")
    list_filter = ("kind", "college")
    list_select_related = ("user", "college")
    search_fields = ("user__full_name", "user__email")


@admin.register(User)
class UserAdmin(Recorded):
    """New accounts, names and rights. A lost address is replaced by two people (`exchange.people.second.resets`)."""

    key_fields = ("email", "phone")
    ENDS_SESSIONS = frozenset({"is_active", "is_staff", "is_superuser"})
    list_display = ("__str__", "email", "phone", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("full_name", "preferred_name", "email", "phone")
    ordering = ("full_name",)
    fields = (
        "email",
        "phone",
        "full_name",
        "preferred_name",
        "language",
        "is_active",
        "is_staff",
        "is_superuser",
        "joined_at",
        "last_login",
    )
    readonly_fields = ("joined_at", "last_login")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and self.ENDS_SESSIONS & set(form.changed_data):
            sign_out_everywhere(request, obj, "account changed")
        if obj.is_staff and "is_staff" in form.changed_data:
            invitations.tell_of_owner(obj, by=me(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # events name people; an account is deactivated, not deleted


class SingleSignOnForm(ModelForm):
    """The secret can be replaced, but not read again."""

    client_secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="OpenID Connect only. Stored encrypted. Leave it empty to keep the one we have.",
    )

    def clean_client_secret(self) -> str | None:
        secret: str | None = self.cleaned_data["client_secret"] or self.instance.client_secret
        return secret

    def clean_certificate(self) -> str:
        text = str(self.cleaned_data["certificate"]).strip()
        if text:
            try:
                x509.load_pem_x509_certificate(text.encode())
            except ValueError:
                raise forms.ValidationError(
                    "This isn’t a certificate. Paste it whole, with its first line BEGIN CERTIFICATE and its last line."
                ) from None
        return text

    def clean_server_url(self) -> str:
        url = str(self.cleaned_data["server_url"])
        if not url.startswith("https://") and urlsplit(url).hostname not in environment.THIS_MACHINE:
            raise forms.ValidationError("Begin it with https://. Without it, anyone on the way could answer instead.")
        return url

    def clean_hosts(self) -> str:
        hosts = str(self.cleaned_data["hosts"]).lower().replace(",", " ").split()
        if wrong := next((host for host in hosts if not environment.HOST.fullmatch(host)), None):
            raise forms.ValidationError(f"{wrong} isn’t a host. Leave out https:// and what follows the host’s name.")
        return "\n".join(hosts)

    def clean_domains(self) -> str:
        domains = self.cleaned_data["domains"].lower().replace("@", "").split()
        others = SingleSignOn.objects.exclude(pk=self.instance.pk).select_related("college")
        taken = {domain: row.college for row in others for domain in row.domains.split()}
        if twice := next((domain for domain in domains if domain in taken), None):
            raise forms.ValidationError(f"{taken[twice]} vouches for {twice}. Only one college can.")
        return "\n".join(domains)


@admin.register(SingleSignOn)
class SingleSignOnAdmin(Recorded):
    form = SingleSignOnForm
    key_fields = ("college",)
    list_display = ("college", "protocol", "is_on", "domains")
    list_select_related = ("college",)
    readonly_fields = ("addresses",)

    @admin.display(description="addresses for the college’s server")
    def addresses(self, row: SingleSignOn) -> str:
        """What the college's administrator has to enter there."""
        if row.pk is None:
            return "Save first, then they are here."
        is_oidc = row.protocol == SingleSignOn.Protocol.OIDC
        names = ("openid_connect_callback",) if is_oidc else ("saml_metadata", "saml_acs")
        return "\n".join(f"{settings.SITE_URL}{reverse(name, args=[row.college.code])}" for name in names)


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("at", "by", "action", "target_model", "target_id", "reason")
    list_filter = ("action",)
    list_select_related = ("by",)
    date_hierarchy = "at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).exclude(action__in=audit.PRIVATE)


@admin.register(Message)
class MessageAdmin(ReadOnly):
    """Without the body, which may hold a code; the office needs to know only that the message was sent."""

    list_display = ("queued_at", "channel", "address", "template", "sent_at", "failed_at", "attempts")
    list_filter = ("channel", "template")
    search_fields = ("address",)
    fields = (
        "channel",
        "recipient",
        "address",
        "language",
        "template",
        "subject",
        "queued_at",
        "claimed_at",
        "sent_at",
        "failed_at",
        "attempts",
        "error",
    )
