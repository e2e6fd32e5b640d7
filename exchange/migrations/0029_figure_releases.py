import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


TABLES = ("exchange_figurerelease", "exchange_releasedfigure")


def refuse_changes(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
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


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0028_ticketing_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="FigureRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("outcomes", "figures of cycles"), ("scores", "a cycle's points, as a file")],
                        max_length=10,
                    ),
                ),
                ("as_of", models.DateTimeField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("threshold", models.PositiveSmallIntegerField(help_text="Counts below it weren't told.")),
                (
                    "band",
                    models.PositiveSmallIntegerField(help_text="The least values of a range that stands for a count."),
                ),
                (
                    "open_values",
                    models.PositiveSmallIntegerField(help_text="The least values that a hidden count kept."),
                ),
                ("note", models.TextField(blank=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-number",),
            },
        ),
        migrations.CreateModel(
            name="ReleasedFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subject",
                    models.CharField(help_text="The code of a cycle, or of several joined by +.", max_length=200),
                ),
                ("name", models.CharField(max_length=40)),
                ("by", models.CharField(blank=True, help_text="The way of grouping; empty: everybody.", max_length=40)),
                ("group", models.CharField(blank=True, max_length=100)),
                ("low", models.PositiveIntegerField(blank=True, null=True)),
                ("high", models.PositiveIntegerField(blank=True, null=True)),
                ("why", models.CharField(max_length=10)),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="exchange.figurerelease"
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "constraints": [
                    models.UniqueConstraint(fields=("subject", "name", "by", "group"), name="figure_is_told_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("high__isnull", True), ("low__isnull", True)),
                            models.Q(("high__gte", models.F("low")), ("low__isnull", False)),
                            _connector="OR",
                        ),
                        name="figure_is_a_range_or_hidden",
                    ),
                ],
            },
        ),
        migrations.RunPython(refuse_changes, allow_changes),
    ]
