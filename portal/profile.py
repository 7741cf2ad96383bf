"""What people choose for themselves: their name, language and time zone."""

from collections import defaultdict
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from portal.models import User


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["first_name", "last_name", "language", "time_zone"]
        labels = {"first_name": gettext_lazy("First name"), "last_name": gettext_lazy("Last name")}
        help_texts = {"language": "", "time_zone": ""}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["language"].widget.choices = [
            ("", _("My company's language, else the browser's")),
            *in_their_own_words(),
        ]
        self.fields["time_zone"].widget = forms.Select(choices=[("", _own_zone()), *_zones()])


def in_their_own_words():
    """[(code, name)] of the portal's languages, each as its speakers call it."""
    for code, name in settings.LANGUAGES:
        with override(code):
            yield code, str(name).capitalize()


def _own_zone():
    return _("The portal's own (%(zone)s)") % {"zone": settings.TIME_ZONE.replace("_", " ")}


def _zones():
    """The time zones by continent, as groups of a select."""
    by_area = defaultdict(list)
    for zone in sorted(available_timezones()):
        area, _slash, city = zone.partition("/")
        if city and area not in ("Etc", "SystemV", "US"):
            by_area[area].append((zone, city.replace("_", " ")))
    return sorted(by_area.items())


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    """A person's own page."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        changed = form.save()
        with override(changed.language or get_language()):
            messages.success(request, _("Saved."))
        return redirect("profile")
    return render(request, "portal/profile.html", {"form": form})


@login_not_required
@require_POST
def choose_language(request):
    """One press on a language: remembered with the person, and in the browser where nobody is logged in."""
    language = request.POST.get("language", "")
    if request.user.is_authenticated and language in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=language)
    return set_language(request)
