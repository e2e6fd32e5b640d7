"""The forms for a city's picture, with what it shows in both languages, and for the own city's logo."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.web.edited import EditedForm

ALT_MAX = 200


def _words(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=ALT_MAX,
        error_messages={
            "required": _("Say in a few words what the picture shows. Some people can’t see it."),
            "max_length": _("Keep it under %(limit_value)d characters."),
        },
        **options,
    )


class PictureForm(EditedForm):
    """A new picture with its words, or only other words for the one that is there."""

    unmet = frozenset({"picture"})
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/heic"}),
        help_text=_("JPEG, PNG, HEIC or WebP, wider than it is tall. We remove its location and reduce its size."),
    )
    alt_en = _words(
        _("What it shows, in English"),
        help_text=_("For people who can’t see it, such as “Boats at a quay below an iron bridge.”"),
    )
    alt_es = _words(_("What it shows, in Spanish"))

    def __init__(self, *args: Any, has_picture: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_picture = has_picture

    def clean(self) -> dict[str, Any]:
        if not self.has_picture and not self.cleaned_data.get("picture") and "picture" not in self.errors:
            self.add_error("picture", _("Choose a picture."))
        return self.cleaned_data

    @property
    def alt(self) -> dict[str, str]:
        return {name: " ".join(self.cleaned_data[name].split()) for name in ("alt_en", "alt_es")}


class LogoForm(forms.Form):
    """A new logo; what it's called is the city's name."""

    picture = forms.FileField(
        label=_("Logo"),
        widget=forms.FileInput(attrs={"accept": "image/png"}),
        help_text=_(
            "PNG, with a transparent or white background. It always appears on white, even in dark mode, so choose the"
            " version for a white background."
        ),
        error_messages={"required": _("Choose a PNG.")},
    )
