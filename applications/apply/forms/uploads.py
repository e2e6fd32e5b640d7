"""The files of one question as the form sends them, without a script: several at once, and which of them to remove."""

from dataclasses import dataclass

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.apply.actions import upload as actions
from applications.apply.actions.upload import ReceivedFile
from applications.base import file_kinds
from applications.models import Application, Question, Upload
from exchange.base.errors import RuleViolation
from exchange.reference import facts

# the endings too: some phones know a HEIC by nothing else
ACCEPT = ",".join((*file_kinds.KINDS, ".heic", ".heif"))


@dataclass(frozen=True, slots=True)
class FileChange:
    """What the form asks for one question; `actions.upload.save_files` does it."""

    key: str
    files: list[ReceivedFile]
    removed: list[str]  # codes


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Gives a list of ReceivedFile, empty where no file was sent. What the page and its script need is here, too."""

    def __init__(self, application: Application, question: Question, uploads: list[Upload]) -> None:
        super().__init__(widget=FilesInput)
        self.accept = ACCEPT
        limits = facts.numbers(*actions.LIMITS)
        self.files_max = question.files_max
        self.bytes_max = int(limits["upload.megabytes"] * file_kinds.MEGABYTE)
        self.megabytes = limits["upload.megabytes"]
        self.uploads = uploads
        self.key = question.key
        self.href = reverse("applications:upload-create", kwargs={"code": application.code})
        self.application = application
        self.shows_links = application.student_id is not None

    @property
    def limit_words(self) -> str:
        """The limits, stated beforehand."""
        return ngettext(
            "A photo (JPEG, PNG, HEIC, WebP) or a PDF of up to %(limit)g MB.",
            "Up to %(count)s photos (JPEG, PNG, HEIC, WebP) or PDFs, each of up to %(limit)g MB.",
            self.files_max,
        ) % {"count": self.files_max, "limit": self.megabytes}

    def clean(self, data, initial=None) -> list[ReceivedFile]:
        sent = [file for file in data or [] if file]
        if len(sent) > self.files_max:
            raise forms.ValidationError(
                ngettext("Choose %(count)s file only.", "Choose %(count)s files or fewer.", self.files_max),
                code="too_many_files",
                params={"count": self.files_max},
            )
        errors, kept = [], []
        for file in sent:
            try:
                kept.append(self._looked_at(file))
            except RuleViolation as violation:
                text = violation.message
                errors.append(forms.ValidationError(f"{file.name}: {text}" if len(sent) > 1 else text, violation.code))
        if errors:
            raise forms.ValidationError(errors)
        return kept

    def _looked_at(self, file: UploadedFile) -> ReceivedFile:
        size = file.size or 0
        if size > self.bytes_max:  # before it is read
            raise RuleViolation("too_large", actions.refusal("too_large", size))
        return actions.look(file.name or "", file.read())


class RemovalsField(forms.MultipleChoiceField):
    """Which of the files that are there to take out."""

    def __init__(self, uploads: list[Upload]) -> None:
        choices = [(upload.code, upload.original_name) for upload in uploads]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, label=_("Remove"))

    def validate(self, value):
        """One that is gone already, on the other phone, is no error."""

    def clean(self, value) -> list[str]:
        return [code for code in value or [] if code in dict(self.choices)]
