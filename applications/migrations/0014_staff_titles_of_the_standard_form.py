"""Gives the pages of the standard form their titles for staff, in every version whose titles are still the standard
ones. No student reads them, so published versions get them, too. May run twice. Some hundred rows."""

from typing import Any

from django.db import migrations

# (title in English, in Spanish): (for staff in English, in Spanish)
TITLES = {
    ("About you", "Sobre ti"): ("About the student", "Datos personales"),
    ("Your college", "Tu college"): ("College", "College"),
    ("Your story: why now", "Tu historia: por qué ahora"): ("Their story: why now", "Su historia: por qué ahora"),
    ("Your story: something new", "Tu historia: algo nuevo"): (
        "Their story: something new",
        "Su historia: algo nuevo",
    ),
    ("Your story: what you’ll bring home", "Tu historia: con qué vas a regresar"): (
        "Their story: what they’ll bring home",
        "Su historia: con qué va a regresar",
    ),
    ("Your cities", "Tus ciudades"): ("City choices", "Ciudades que eligió"),
    ("Your recommender", "La persona que te recomienda"): ("Recommender", "Persona que recomienda"),
}


def fill(apps: Any, schema_editor: Any) -> None:
    sections = apps.get_model("applications", "Section").objects.filter(staff_title_en="", staff_title_es="")
    for (english, spanish), (staff_english, staff_spanish) in TITLES.items():
        there = sections.filter(title_en=english, title_es=spanish)
        there.update(staff_title_en=staff_english, staff_title_es=staff_spanish)


class Migration(migrations.Migration):
    dependencies = [("applications", "0013_staff_titles")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
