from django.db import migrations

from exchange.codes import new_code


def give_codes(apps, schema_editor):
    HostInstitution = apps.get_model("travel", "HostInstitution")
    Contact = apps.get_model("travel", "Contact")
    for host in HostInstitution.objects.filter(code=None):
        host.code = new_code()
        host.save(update_fields=["code"])
        if host.contact_name:
            Contact.objects.create(host=host, code=new_code(), name=host.contact_name, email=host.contact_email)


def give_back(apps, schema_editor):
    for contact in apps.get_model("travel", "Contact").objects.filter(host__isnull=False).select_related("host"):
        contact.host.contact_name, contact.host.contact_email = contact.name, contact.email
        contact.host.save(update_fields=["contact_name", "contact_email"])


class Migration(migrations.Migration):
    dependencies = [("travel", "0007_partners_and_hosts")]
    operations = [migrations.RunPython(give_codes, give_back)]
