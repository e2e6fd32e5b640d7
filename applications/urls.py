"""All URL patterns of this app, step by step."""

from applications.apply import urls as apply
from applications.cycle import urls as cycle
from applications.endorse import urls as endorse
from applications.export import urls as export
from applications.interview import urls as interview
from applications.reading import urls as reading
from applications.release import urls as release
from applications.selection import urls as selection

app_name = "applications"

urlpatterns = [
    *export.urlpatterns,  # first: in the addresses of `apply`, "export" would be read as the code of an application
    *cycle.urlpatterns,
    *apply.urlpatterns,
    *reading.urlpatterns,
    *endorse.urlpatterns,
    *interview.urlpatterns,
    *selection.urlpatterns,
    *release.urlpatterns,
]
