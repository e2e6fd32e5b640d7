"""Documents of the days abroad as HTML for print: one function per document."""

from django.utils import translation

from exchange.base.home import home_zone
from exchange.files.documents import for_print
from travel.abroad import timeline
from travel.models import IncidentExport


def incident_timeline(made: IncidentExport) -> str:
    """What was written about an incident until it was exported, for the risk office, in the export's language.

    The same export is the same HTML. Fetch it with incident, trip, city and who exported.
    """
    incident = made.incident
    entries = incident.entries.filter(written_at__lte=made.at)
    with translation.override(made.language):
        context = {
            "made": made,
            "incident": incident,
            "trip": incident.trip,
            "lines": timeline.lines_of(incident, entries, made.at),
            "travelers": [str(each.application.person) for each in incident.placements.with_people().order_by("pk")],
            "leaders": [str(each) for each in incident.leaders.all()],
            "home_zone": home_zone().key,
            "exported_home": made.at.astimezone(home_zone()),
        }
        return for_print("travel/abroad/incident_timeline.html", context)
