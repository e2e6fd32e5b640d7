"""Writes every phone number in E.164 that can be read without a guess; the others stay as they are.

A number with + is read anywhere. One without a country is the portal's own only where nobody else's is meant: of a leader
or sponsor, and of a place that takes passport applications. A host's "210 555 0142" could be San Antonio or Athens: it
stays, is shown without a link, and a task asks the office (`travel.office.unread_numbers`).
"""

import phonenumbers
from django.conf import settings
from django.db import migrations
from django.db.models import Q

E164 = phonenumbers.PhoneNumberFormat.E164
OF_HERE = Q(trip__isnull=False) | Q(candidate_for__isnull=False) | Q(sponsor__isnull=False)


def e164(typed, region):
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, E164)


def rewrite(rows, region=None):
    for pk, typed in rows.exclude(phone="").values_list("pk", "phone").iterator():
        typed = getattr(typed, "raw_input", None) or str(typed)
        number = e164(typed, region)
        if number and number != typed:
            rows.filter(pk=pk).update(phone=number)


def forwards(apps, schema_editor):
    def rows(name):
        return apps.get_model("travel", name).objects.order_by()

    home = settings.HOME_REGION
    rewrite(rows("AcceptanceFacility"), home)
    rewrite(rows("Contact").filter(OF_HERE), home)
    for name in ("Contact", "LocalCard", "InsurancePolicy", "ItinerarySegment", "HelpNumber"):
        rewrite(rows(name))
    for number in rows("HelpNumber").filter(kind__in=("emergency", "ambulance", "police", "fire")):
        short = "".join(number.phone.split())
        if short.isdigit() and len(short) <= 6 and short != number.phone:
            rows("HelpNumber").filter(pk=number.pk).update(phone=short)


class Migration(migrations.Migration):
    dependencies = [("travel", "0019_phone_numbers")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop, elidable=True)]
