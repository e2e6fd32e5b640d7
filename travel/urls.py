"""The app's URL patterns, collected from its steps."""

from travel.abroad import urls as abroad
from travel.office import urls as office
from travel.outcomes import urls as outcomes
from travel.partners import urls as partners
from travel.passport import urls as passport
from travel.placement import urls as placement
from travel.prepare import urls as prepare
from travel.reflection import urls as reflection

app_name = "travel"

urlpatterns = [
    *office.urlpatterns,
    *partners.urlpatterns,
    *placement.urlpatterns,
    *passport.urlpatterns,
    *prepare.urlpatterns,
    *abroad.urlpatterns,
    *reflection.urlpatterns,
    *outcomes.urlpatterns,
]
