from django.db import migrations

# The former seed, "<secret>-<dice>", gave the order by the same rule as the result of a public draw does now.
COPY = """
UPDATE applications_lottery SET result = secret || '-' || dice WHERE drawn_at IS NOT NULL AND result = '' AND dice <> ''
"""


class Migration(migrations.Migration):
    """Lotteries that were drawn with dice can still be repeated: what was their seed is their result."""

    dependencies = [("applications", "0026_public_draw")]

    operations = [migrations.RunSQL(COPY, migrations.RunSQL.noop, elidable=True)]
