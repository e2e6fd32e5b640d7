"""The names of the sources that ship with the portal, in the reader's language; a name the office typed stays."""

from django.utils.translation import gettext_lazy

NAMES = {
    "The exchange team": gettext_lazy("The exchange team"),
    "U.S. Department of State": gettext_lazy("U.S. Department of State"),
    "U.S. Department of State, acceptance facilities": gettext_lazy("U.S. Department of State, acceptance facilities"),
    "U.S. Department of State, country page": gettext_lazy("U.S. Department of State, country page"),
    "U.S. Department of State, travel advisories": gettext_lazy("U.S. Department of State, travel advisories"),
    "demo (U.S. Department of State, travel advisories)": gettext_lazy(
        "demo (U.S. Department of State, travel advisories)"
    ),
    "U.S. Department of State, form filler": gettext_lazy("U.S. Department of State, form filler"),
    "U.S. Department of State, notice of March 2018": gettext_lazy("U.S. Department of State, notice of March 2018"),
    "U.S. Department of State, notice of October 29, 2010": gettext_lazy(
        "U.S. Department of State, notice of October 29, 2010"
    ),
    "Photo stores in town": gettext_lazy("Photo stores in town"),
    "County Registrar-Recorder": gettext_lazy("County Registrar-Recorder"),
    "European Union, ETIAS": gettext_lazy("European Union, ETIAS"),
}


def source_name(name: str) -> str:
    return str(NAMES.get(name, name))
