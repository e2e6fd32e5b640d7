"""What the sign-in page offers."""

from django import template

from exchange.models import SingleSignOn

register = template.Library()


@register.simple_tag
def college_accounts() -> bool:
    """Whether any college's own accounts work here. One query."""
    return SingleSignOn.objects.filter(is_on=True).exists()
