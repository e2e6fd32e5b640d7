from django.db import migrations

# as applications/base/searching.py asks for them; the function is from exchange 0012
INDEXES = {
    "recommendation_searched": (
        "applications_recommendation USING gin"
        " ((exchange_folded((referee_name || ' ' || referee_email))) gin_trgm_ops)"
    ),
    "recommendation_mailed": "applications_recommendation ((exchange_folded(referee_email)) text_pattern_ops)",
    "interest_searched": "applications_interest USING gin ((exchange_folded((email || ' ' || phone))) gin_trgm_ops)",
}


def find_by_parts(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name, what in INDEXES.items():
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # what an interrupted run left is invalid
        schema_editor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {what}", None)


def read_every_row(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in INDEXES:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("applications", "0022_why_in_both_languages"), ("exchange", "0013_fold_common_letters_first")]

    operations = [migrations.RunPython(find_by_parts, read_every_row, atomic=False)]
