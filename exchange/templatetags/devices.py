"""Names a browser and its system from the User-Agent header."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# the first that matches: a User-Agent header also names the browsers that it is derived from
BROWSERS = {
    "Edg": "Edge",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "SamsungBrowser": "Samsung Internet",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "Chromebook",
    "Windows": "Windows",
    "Mac OS X": "Mac",
    "Linux": "Linux",
}


def parts(user_agent: str) -> tuple[str, str]:
    """("Firefox", "Android"); "" for what the header does not say."""
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    return browser, next((name for mark, name in SYSTEMS.items() if mark in user_agent), "")


def in_words(browser: str, system: str) -> str:
    """Firefox on Android"""
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A device we don’t recognize")


@register.filter
def device(user_agent: str) -> str:
    return in_words(*parts(user_agent))
