"""A company's customers and their e-mail lists, by customer number."""

from typing import Annotated, Literal

from django.conf import settings
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Path, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from distribution.addresses import InvalidAddress, normalise
from distribution.models import Customer, CustomerNumber, NumberTaken
from distribution.numbers import numbers_in
from portal.api.description import operation
from portal.api.paging import CURSOR, LIMIT, NEXT_CURSOR, stretch
from portal.api.problems import Problem, invalid
from portal.api.words import Taken, line

router = Router()

MOST_NUMBERS = 50
MOST_ADDRESSES = 50
LONGEST_ADDRESS = 320  # as it is typed; normalising makes it shorter

Language = Literal["", *(code for code, _name in settings.LANGUAGES)]
_Number = line(50, min_length=1, examples=["10101"])
_Address = line(LONGEST_ADDRESS, min_length=1, examples=["office@customer.example"])

NUMBER = Path(..., description="One of its customer numbers.", examples=["10101"])


class CustomerTaken(Taken):
    """A customer as it shall be. What is left out is empty then."""

    name: line(200, min_length=1, examples=["Miller Oy"])
    language: Language = Field("", description="Of the mails to it. Empty: the company's language.")
    numbers: list[_Number] = Field(
        [],
        max_length=MOST_NUMBERS,
        description="All its customer numbers. The one in the address is added to them.",
    )
    addresses: list[_Address] = Field([], max_length=MOST_ADDRESSES, description="Documents go to these.")
    copies: list[_Address] = Field([], max_length=MOST_ADDRESSES, description="These get a copy (Cc).")


class CustomerSaid(BaseModel):
    name: str = Field(examples=["Miller Oy"])
    language: Language = Field(description="Of the mails to it. Empty: the company's language.")
    numbers: list[str] = Field(examples=[["10101"]])
    addresses: list[str] = Field(description="Documents go to these.", examples=[["office@miller.example"]])
    copies: list[str] = Field(description="These get a copy (Cc).", examples=[[]])


class Customers(BaseModel):
    items: list[CustomerSaid]
    next_cursor: str | None = NEXT_CURSOR


@router.get("/customers/", response=Customers, summary="List customers", **operation("read"))
def list_customers(request, cursor: Annotated[str, CURSOR], limit: Annotated[int, LIMIT]):
    """All customers, in the order in which they were added."""
    found = _customers(request).prefetch_related("numbers", "addresses")
    shown, next_cursor = stretch(found, cursor, limit)
    return {"items": [as_json(customer) for customer in shown], "next_cursor": next_cursor}


@router.get(
    "/customers/{path:number}/", response=CustomerSaid, summary="Read a customer", **operation("read")
)
def read_customer(request, number: Annotated[str, NUMBER]):
    return as_json(_customer(request, number))


@router.put(
    "/customers/{path:number}/",
    response={200: CustomerSaid, 201: CustomerSaid},
    summary="Add or change a customer",
    **operation("manage", 409),
)
def put_customer(request, number: Annotated[str, NUMBER], wanted: CustomerTaken):
    """Make the customer with this number be as you say: 201 when it was added, 200 when it was there.

    Sent twice it does the same as once. Documents on their way stay as they are.
    """
    numbers = _numbers(number, wanted)
    addresses, copies = _addresses(wanted)
    for _try in range(2):  # somebody else may add the same customer at this very moment
        try:
            return _put(request, number, wanted, numbers, addresses, copies)
        except NumberTaken as taken:
            problem = taken
    told = _("The number %(number)s belongs to another customer. Take it away there first.")
    told %= {"number": problem.entry.number}
    raise Problem("not-possible", told, [("numbers", told)])


@router.delete(
    "/customers/{path:number}/", response={204: None}, summary="Delete a customer", **operation("manage")
)
def delete_customer(request, number: Annotated[str, NUMBER]):
    """Delete the customer with all its numbers and addresses. Its documents stay."""
    Customer.objects.filter(pk=_customer(request, number).pk).remove()
    return Status(204, None)


def as_json(customer):
    """A customer whose numbers and addresses are fetched, or are now."""
    entries = list(customer.addresses.all())
    return {
        "name": customer.name,
        "language": customer.language,
        "numbers": [entry.number for entry in customer.numbers.all()],
        "addresses": [entry.address for entry in entries if not entry.copy],
        "copies": [entry.address for entry in entries if entry.copy],
    }


def _customers(request):
    return Customer.objects.filter(company=request.auth.company)


def _customer(request, number):
    return get_object_or_404(_customers(request).filter(pk__in=_entry(request, number).values("customer")))


def _entry(request, number):
    """The query for a number; none, where a database could not even look for it."""
    known = CustomerNumber.objects.filter(company=request.auth.company)
    return known.filter(number=number) if number.isprintable() else known.none()


@transaction.atomic
def _put(request, number, wanted, numbers, addresses, copies):
    """Locked, so that nobody deletes the customer while it is being saved, which would bring it back."""
    company = request.auth.company
    known = _customers(request).select_for_update().filter(pk__in=_entry(request, number).values("customer"))
    customer = known.first()
    code = 200 if customer else 201
    customer = customer or Customer(company=company)
    customer.name, customer.language = wanted.name, wanted.language
    customer.save()
    customer.set_numbers(numbers)
    customer.set_addresses(addresses, copies)
    return Status(code, as_json(Customer.objects.get(pk=customer.pk)))


def _numbers(number, wanted):
    """All numbers that it is to have, each once. Raises Problem where one is none."""
    errors = [
        (f"numbers.{place}", _("This is not one customer number."))
        for place, one in enumerate(wanted.numbers)
        if not _is_one(one)
    ]
    is_right = len(number) <= 50 and number.isprintable() and _is_one(number)
    if errors or not is_right:
        raise invalid(*errors, *([] if is_right else [("number", _("This is not one customer number."))]))
    return list(dict.fromkeys([number, *wanted.numbers]))


def _is_one(number):
    return list(numbers_in(number)) == [number]


def _addresses(wanted):
    """(addresses, copies) in the spelling we keep, each once. Raises Problem where one is none."""
    errors, kept = [], {}
    for field in ("addresses", "copies"):
        for place, typed in enumerate(getattr(wanted, field)):
            try:
                address = normalise(typed)
            except InvalidAddress:
                errors.append((f"{field}.{place}", _("This is not an e-mail address.")))
                continue
            if kept.setdefault(address, field) != field:
                errors.append((f"{field}.{place}", _("This address is among the addresses already.")))
    if errors:
        raise invalid(*errors)
    return [[address for address, its in kept.items() if its == field] for field in ("addresses", "copies")]
