"""Two pages that handle full ID numbers: find by number, and show one number for a reason."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from core import checks
from core.actions import Refused
from core.crypto import keyed_hash
from core.requests import AccountView
from core.rights import Right
from core.screens.views import ReasonForm
from members.actions import reveal_id_number
from members.forms import FindByIdForm
from members.models import Person


class FindByIdView(AccountView):
    """Find a member by the full ID number; it travels in the body, never in an address or a log."""

    def post(self, request: HttpRequest) -> HttpResponse:
        form = FindByIdForm(request.POST)
        form.is_valid()
        try:
            number = checks.id_number(form.cleaned_data.get("id_number", ""))
        except checks.Problem as problem:
            messages.error(request, f"{problem.reason}。{problem.remedy}。")
            return HttpResponseRedirect(reverse("members-list"))
        visible = Person.objects.visible_to(self.account)
        person = visible.filter(id_hash=keyed_hash(number)).first() if number else None
        if person is None:
            messages.warning(request, "您的管辖范围内没有登记这个身份证号。")
            return HttpResponseRedirect(reverse("members-list"))
        return HttpResponseRedirect(reverse("members-detail", args=[person.pk]))


class RevealView(AccountView):
    """The full ID number of one person, once, for a reason that the audit keeps."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(request, self.person(pk), ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        person, form = self.person(pk), ReasonForm(request.POST)
        if not form.is_valid():
            return self.page(request, person, form, status=422)
        try:
            number = reveal_id_number(by=self.account, row=person, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.add_error("reason", refused.message)
            return self.page(request, person, form, status=422)
        return self.page(request, person, form, number=number)

    def person(self, pk: int) -> Person:
        if not self.account.can(Right.REVEAL):
            raise PermissionDenied("您的账号没有“查看完整证件号”的权限，请联系管理员。")
        return get_object_or_404(Person.objects.visible_to(self.account), pk=pk)

    def page(
        self, request: HttpRequest, person: Person, form: ReasonForm, number: str = "", status: int = 200
    ) -> HttpResponse:
        crumbs = [
            {"label": str(self.account.union), "url": "/"},
            {"label": "会员", "url": reverse("members-list")},
            {"label": person.name, "url": reverse("members-detail", args=[person.pk])},
            {"label": "查看完整证件号", "url": ""},
        ]
        context = {"person": person, "form": form, "number": number, "crumbs": crumbs}
        response = render(request, "members/reveal.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response
