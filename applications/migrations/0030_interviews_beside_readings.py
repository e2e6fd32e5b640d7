from collections import defaultdict
from statistics import median

from django.db import migrations


def stand_beside(apps, schema_editor):
    """An interview's score was one of the readings'; now it stands beside them, as `review.figures_of` says."""
    Application = apps.get_model("applications", "Application")
    Rating = apps.get_model("applications", "Rating")
    locked = Rating.objects.filter(review__locked_at__isnull=False)
    met = locked.filter(review__assignment__is_interview=True).values("review__assignment__application")
    totals = defaultdict(lambda: {True: defaultdict(int), False: defaultdict(int)})
    rows = locked.filter(review__assignment__application__in=met).values_list(
        "review__assignment__application", "review__assignment__is_interview", "review", "points"
    )
    for application, is_interview, review, points in rows.iterator():
        totals[application][is_interview][review] += points
    for key, found in totals.items():
        read, heard = list(found[False].values()), list(found[True].values())
        Application.objects.filter(pk=key).update(
            interview_mean=round(sum(heard) / len(heard), 3),
            score_mean=round(sum(read) / len(read), 3) if read else None,
            score_median=median(read) if read else None,
            score_spread=max(read) - min(read) if read else None,
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0029_interview_rubric")]

    operations = [migrations.RunPython(stand_beside, migrations.RunPython.noop, elidable=True)]
