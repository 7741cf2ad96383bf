"""The pages where a manager sets how the company sends, and says who works for it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from distribution import inviting
from distribution.company_forms import InvitationForm, LastManager, SettingsForm, change_member
from distribution.current import make_current, managed_company
from distribution.models import Invitation, Membership


@require_http_methods(["GET", "HEAD", "POST"])
def company_settings(request):
    company = managed_company(request)
    make_current(request, company)
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=company)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved. It holds for documents that come in from now on."))
        return redirect("company-settings")
    if form.is_bound:
        company.refresh_from_db()  # the page names the company; what was typed is in the form
    return render(request, "distribution/settings.html", {"form": form})


@require_safe
def members(request):
    return _show_members(request, managed_company(request))


def _show_members(request, company, form=None):
    context = {
        "members": company.memberships.select_related("user").order_by("role", "user__email"),
        "invitations": company.invitations.open().select_related("invited_by"),
        "roles": Membership.Role.choices,
        "form": form or InvitationForm(company=company),
    }
    return render(request, "distribution/members.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request):
    if request.method != "POST":
        return redirect("members")  # the address of a form that was wrong, opened once more
    company = managed_company(request)
    make_current(request, company)
    form = InvitationForm(request.POST, company=company)
    if not form.is_valid():
        return _show_members(request, company, form)
    return _mailed(request, form.save_for(request.user))


@require_POST
def invite_again(request, public_id):
    return _mailed(request, _managed_invitation(request, public_id))


def _mailed(request, invitation):
    try:
        inviting.send(invitation)
    except inviting.NotSent as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": invitation})
    return redirect("members")


@require_POST
def withdraw_invitation(request, public_id):
    invitation = _managed_invitation(request, public_id)
    invitation.delete()
    messages.success(request, _("The invitation of %(email)s is withdrawn.") % {"email": invitation})
    return redirect("members")


@require_POST
def change_role(request, pk):
    member = _managed_member(request, pk)
    role = request.POST.get("role")
    if role in Membership.Role.values:
        return _changed(request, member, role, _("%(person)s is now: %(role)s."))
    return redirect("members")


@require_http_methods(["GET", "HEAD", "POST"])
def remove_member(request, pk):
    member = _managed_member(request, pk)
    make_current(request, member.company)
    if request.method != "POST":
        return render(request, "distribution/remove-member.html", {"member": member})
    return _changed(request, member, None, _("%(person)s does not belong to %(company)s any more."))


def _changed(request, member, role, done):
    try:
        change_member(member, role)
    except LastManager:
        messages.warning(request, _("There has to be a manager: make somebody else one first."))
        return redirect("members")
    label = Membership.Role(role).label if role else ""
    messages.success(request, done % {"person": member.user, "role": label, "company": member.company})
    is_still_manager = member.user != request.user or role == Membership.Role.MANAGER
    return redirect("members" if is_still_manager else "home")


def _managed_member(request, pk):
    known = Membership.objects.filter(
        company__memberships__user=request.user, company__memberships__role=Membership.Role.MANAGER
    )
    return get_object_or_404(known.select_related("user", "company"), pk=pk)


def _managed_invitation(request, public_id):
    known = Invitation.objects.open().managed_by(request.user).select_related("company")
    return get_object_or_404(known, public_id=public_id)
