from django.db import migrations

# An application's role can add to the logs and to what was published, and never change or remove a row. The role
# exchange_purge, if the operator makes one, can remove. A trigger binds the owner of the table too, which a grant wouldn't.
FUNCTION = """
CREATE OR REPLACE FUNCTION exchange_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND to_regrole('exchange_purge') IS NOT NULL
     AND current_user = 'exchange_purge' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$
"""
TABLES = (
    "exchange_event",
    "exchange_accessrecord",
    "exchange_logclosing",
    "exchange_figurerelease",
    "exchange_releasedfigure",
)


def refuse_changes(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION, None)  # no parameters, so that its % stay
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION exchange_append_only()"
        )


def allow_changes(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    schema_editor.execute("DROP FUNCTION exchange_append_only()")


class Migration(migrations.Migration):
    dependencies = [("exchange", "0001_initial")]

    operations = [migrations.RunPython(refuse_changes, allow_changes)]
