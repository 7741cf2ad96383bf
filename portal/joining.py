"""The page behind the link of an invitation, for people with an account and for those without."""

from django import forms
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from distribution.models import Invitation
from portal.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountForm(forms.ModelForm):
    """Somebody's first visit: name and password. The address is the invitation's."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 8 characters; a few words are easier than signs."),
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name"]
        labels = {"first_name": gettext_lazy("First name"), "last_name": gettext_lazy("Last name")}

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.email = email

    def clean_password(self):
        password = self.cleaned_data["password"]
        password_validation.validate_password(password, self.instance)
        return password

    def save(self, commit=True):
        self.instance.set_password(self.cleaned_data["password"])
        return super().save(commit)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request, secret):
    """Accept an invitation. Only the person whose address it went to can."""
    invited = Invitation.objects.find(secret)
    if invited is None:
        return render(request, "portal/invitation-gone.html", status=404)
    known = User.objects.filter(email__iexact=invited.email).first()
    if known is None:
        return _with_a_new_account(request, invited)
    if request.method == "POST" and request.user == known:
        return _joined(request, invited, known)
    return render(request, "portal/invitation.html", {"invited": invited, "known": known})


def _with_a_new_account(request, invited):
    if request.user.is_authenticated:
        return render(request, "portal/invitation.html", {"invited": invited})
    form = AccountForm(request.POST if request.method == "POST" else None, email=invited.email)
    if not form.is_valid():
        return render(request, "portal/invitation.html", {"invited": invited, "form": form})
    try:
        with transaction.atomic():
            user = form.save()
    except IntegrityError:  # a second press of the button, or somebody made the account meanwhile
        return redirect(request.path)
    login(request, user, BACKEND)
    return _joined(request, invited, user)


def _joined(request, invited, user):
    if invited.accept(user):
        messages.success(request, _("Welcome to %(company)s.") % {"company": invited.company})
    request.session["company"] = invited.company_id
    return redirect("home")
