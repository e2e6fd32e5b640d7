"""Numbers are written 13.5 and 1,200 in both languages, as in Los Angeles: 13,000 would be another number."""

from decimal import Decimal

import pytest
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat
from django.utils import translation

from exchange.templatetags.ui import one_place


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_point_before_tenths_and_a_comma_after_thousands(language):
    with translation.override(language):
        assert floatformat(Decimal("13"), 3) == "13.000"
        assert one_place(139.54) == "139.5"
        assert intcomma(12345) == "12,345"
