"""What the admin's pages for support have in common: they are for reading, and for pressing buttons."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST


class ReadOnly:
    """A page, or rows on one, that nobody changes by hand."""

    extra = max_num = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        """Named after what it lists: Django's title asks to select something."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))


class SeenWithTheParent(ReadOnly):
    """Rows that may be seen by whoever may see the page they are on."""

    def has_view_permission(self, request, obj=None):
        return True


@dataclass(frozen=True)
class Button:
    """`name` is the method that does it, called with the request and the object, and the end of its URL."""

    name: str
    label: str | Promise
    is_offered: Callable = field(default=lambda obj: True)
    is_primary: bool = True
    takes_answer: bool = False


class WithButtons(admin.ModelAdmin):
    """A change page with buttons, each of them one domain call that may return where to go on.

    `asks` is the label of the text field whose words a button sends as `answer`, where it takes one.
    """

    change_form_template = "admin/buttons.html"
    show_full_result_count = False
    buttons = ()
    asks = ""

    def has_press_permission(self, request):
        """The right to change the object, also where its page itself is only for reading."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def get_urls(self):
        info = self.opts.app_label, self.opts.model_name
        own = [
            path(
                f"<path:object_id>/{button.name}/",
                self.admin_site.admin_view(require_POST(self._pressing(button))),
                name="{}_{}_{}".format(*info, button.name),
            )
            for button in self.buttons
        ]
        return own + super().get_urls()

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.pk and self.has_press_permission(request):
            offered = self.offered(request, obj)
            context |= {
                "buttons": [(button, self.url_of(obj, button.name)) for button in offered],
                "asks": self.asks if any(button.takes_answer for button in offered) else "",
                "note": self.note(request, obj),
            }
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def offered(self, request, obj):
        """The buttons that this person may press now."""
        return [button for button in self.buttons if button.is_offered(obj)]

    def note(self, request, obj):
        """What to know before one is pressed, or why there is none."""
        return ""

    def url_of(self, obj, page="change"):
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[obj.pk])

    def _pressing(self, button):
        def view(request, object_id):
            if not self.has_press_permission(request):
                raise PermissionDenied
            obj = self.get_object(request, unquote(object_id))
            if obj is None:
                raise Http404
            return getattr(self, button.name)(request, obj) or redirect(self.url_of(obj))

        return view


def when(moment, clock="H:i"):
    """A time short enough for a column, or a dash for none."""
    if not moment:
        return "–"
    local = localtime(moment)
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {time_format(local, clock)}"


def link_to(obj, text=None):
    """A link to an object's page in the admin, or a dash for none."""
    if obj is None:
        return "–"
    url = reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk])
    return format_html('<a href="{}">{}</a>', url, text or obj)
