"""Forms of a photo or PDF for a step of the checklist."""

from django import forms
from django.utils.translation import gettext_lazy

from travel.base.forms import CheckedFileField
from travel.prepare.checklist.files import REASON_MAX


class StepFileForm(forms.Form):
    use_required_attribute = False
    file = CheckedFileField(label=gettext_lazy("Photo or PDF"))


class ReturnForm(forms.Form):
    use_required_attribute = False
    reason = forms.CharField(
        label=gettext_lazy("What’s wrong with it, which the student reads"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write what’s wrong with it. The student reads it.")},
    )
