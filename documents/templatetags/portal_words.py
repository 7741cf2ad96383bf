"""How times and links are said on every page."""

import re
from datetime import timedelta

from django import template
from django.urls import reverse
from django.utils.formats import date_format, time_format
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate, localtime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

register = template.Library()


@register.filter
def when(moment, precision="minutes"):
    """A time as people say it: today 9:14, yesterday 16:40, 12 Nov 9:14; `"seconds"` adds the seconds."""
    if not moment:
        return ""
    return _marked_up(moment, in_words(moment, precision))


@register.filter
def day(moment):
    """The day alone: today, 12 Nov."""
    if not moment:
        return ""
    return _marked_up(moment, day_in_words(localtime(moment).date()))


def in_words(moment, precision="minutes"):
    """The same as plain text."""
    local = localtime(moment)
    clock = pgettext("a time of day, as PHP's date()", "G:i")
    exact_clock = pgettext("a time of day with seconds, as PHP's date()", "G:i:s")
    told = time_format(local, exact_clock if precision == "seconds" else clock)
    return f"{day_in_words(local.date())} {told}"


def day_in_words(date):
    today = localdate()
    near = {
        today: _("today"),
        today - timedelta(days=1): _("yesterday"),
        today + timedelta(days=1): _("tomorrow"),
    }
    return near.get(date) or date_in_words(date)


@register.filter
def date_in_words(date):
    """The day by its date, also where it is near: 12 Nov."""
    this_year = pgettext("a day of this year, as PHP's date()", "j M")
    other_year = pgettext("a day of another year, as PHP's date()", "j M Y")
    return date_format(date, this_year if date.year == localdate().year else other_year)


@register.filter
def weekday(date):
    """Its short name: Mon."""
    return date_format(date, "D")


@register.filter
def breakable(address):
    """An e-mail address that a narrow column breaks after its @ and dots, not within a word."""
    return mark_safe(re.sub(r"([@.;])(?=.)", r"\1<wbr>", escape(address)))  # noqa: S308  escaped first


def _marked_up(moment, words):
    exact = localtime(moment).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', exact, exact.replace("T", " "), words)


@register.simple_tag(takes_context=True)
def nav_link(context, name, label, alone=False):
    """A link of a navigation, marked where the page belongs to it. `alone`: to no page below it."""
    url, path = reverse(name), context["request"].path
    here = path == url if alone else path.startswith(url)
    current = format_html(' aria-current="{}"', "page") if here else ""
    return format_html('<a href="{}"{}>{}</a>', url, current, label)
