"""Form fields for one question's files, for pages without script: several new files, and those to remove."""

from dataclasses import dataclass
from typing import Any

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

# with the extensions, by which alone some phones recognize HEIC
ACCEPT = ",".join((*file_kinds.KINDS, ".heic", ".heif"))


@dataclass(frozen=True, slots=True)
class FileChange:
    """The form's changes to one question's files, for `actions.upload.save_files`."""

    key: str
    files: list[ReceivedFile]
    removed: list[str]  # codes


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """Cleans to a list of ReceivedFile, empty if no file was sent. Has attributes for the page and its script."""

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
        """The limits, shown beside the field."""
        return ngettext(
            "You can add a photo or a PDF, up to %(limit)g MB.",
            "You can add up to %(count)s photos or PDFs, up to %(limit)g MB each.",
            self.files_max,
        ) % {"count": self.files_max, "limit": self.megabytes}

    def clean(self, data: Any, initial: Any = None) -> list[ReceivedFile]:
        sent = [file for file in data or [] if file]
        if len(sent) > self.files_max:
            raise forms.ValidationError(
                ngettext("Choose only %(count)s file.", "Choose %(count)s files or fewer.", self.files_max),
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

    def _looked_at(self, file: "UploadedFile[bytes]") -> ReceivedFile:
        size = file.size or 0
        if size > self.bytes_max:  # before the file is read
            raise RuleViolation("too_large", actions.refusal("too_large", size))
        return actions.look(file.name or "", file.read())


class RemovalsField(forms.MultipleChoiceField):
    """The files to remove."""

    def __init__(self, uploads: list[Upload]) -> None:
        choices = [(upload.code, upload.original_name) for upload in uploads]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, label=_("Remove"))

    def validate(self, value: Any) -> None:
        """No error for a file that another device has removed already."""

    def clean(self, value: Any) -> list[str]:
        choices: Any = self.choices
        return [code for code in value or [] if code in dict(choices)]
