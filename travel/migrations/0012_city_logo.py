"""The logo of the own city is a picture of another kind."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0011_home_city_logo"),
        ("travel", "0011_city_pictures"),
    ]

    operations = [
        migrations.AddField(
            model_name="citypicture",
            name="kind",
            field=models.CharField(
                choices=[("picture", "picture"), ("logo", "logo")], db_default="picture", default="picture", max_length=7
            ),
        ),
        migrations.AlterField(
            model_name="citypicture",
            name="alt_en",
            field=models.CharField(blank=True, help_text="What it shows, for people who can't see it.", max_length=200),
        ),
        migrations.AlterField(
            model_name="citypicture", name="alt_es", field=models.CharField(blank=True, max_length=200)
        ),
        migrations.RemoveConstraint(model_name="citypicture", name="citypicture_has_words"),
        migrations.RemoveConstraint(model_name="citypicture", name="citypicture_one_shown_of_the_own_city"),
        migrations.AddConstraint(
            model_name="citypicture",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "logo"), Q(Q(("alt_en", ""), _negated=True), Q(("alt_es", ""), _negated=True)), _connector="OR"),
                name="citypicture_has_words_or_is_a_logo",
            ),
        ),
        migrations.AddConstraint(
            model_name="citypicture",
            constraint=models.CheckConstraint(
                condition=Q(("kind", "picture"), Q(("city", None), ("kind", "logo")), _connector="OR"),
                name="citypicture_logo_is_of_the_own_city",
            ),
        ),
        migrations.AddConstraint(
            model_name="citypicture",
            constraint=models.UniqueConstraint(
                condition=Q(("city__isnull", True), ("ended_at__isnull", True), ("shown_at__isnull", False)),
                fields=("kind",),
                name="citypicture_one_shown_of_the_own_city_per_kind",
            ),
        ),
    ]
