from django.db import migrations

# TRUNCATE fires no trigger of rows, so a table that refuses DELETE could still be emptied at once, by its owner.
TABLES = (
    "exchange_event",
    "exchange_accessrecord",
    "exchange_logclosing",
    "exchange_figurerelease",
    "exchange_releasedfigure",
    "exchange_wording",
)


def refuse_truncating(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_no_truncating BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION exchange_append_only()"
        )


def allow_truncating(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_no_truncating ON {table}")


class Migration(migrations.Migration):
    dependencies = [("exchange", "0019_college_sign_in_hosts")]

    operations = [migrations.RunPython(refuse_truncating, allow_truncating)]
