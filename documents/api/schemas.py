"""What goes in and comes out: the types of the API's documents and deliveries."""

from typing import Annotated, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from documents.causes import Cause
from documents.models import Delivery, Kind
from documents.preparing import MAX_ATTACHMENTS
from documents.representing import HELD
from documents.statuses import Status
from portal.api.paging import NEXT_CURSOR
from portal.api.words import Day, DaySaid, Id, Moment, Page, Taken, line

KindName = Literal[*Kind.values]
StatusName = Literal[*Status.values]
DocumentStatus = Literal[*Status.values, HELD]
CauseName = Literal[*(str(cause) for cause in Cause)]

Base64 = Annotated[str, Field(json_schema_extra={"contentEncoding": "base64"})]
Money = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,11}(\.[0-9]{1,2})?$")]


LONGEST_ADDRESSES = 2000  # all of a document together


def _short_enough(addresses):
    if len("; ".join(addresses)) > LONGEST_ADDRESSES:
        raise ValueError(_("These are too many addresses, or too long ones."))
    return addresses


class AttachmentTaken(Taken):
    """A file that goes along."""

    name: line(200, min_length=1, examples=["specification.xlsx"])
    content: Base64 = Field(min_length=1, description="The file, in base64.")


class FactsTaken(Taken):
    """What you know of the document. What you leave out is read from the file, where it says so."""

    number: line(100, examples=["2026-17"]) | None = Field(
        None, description="The document's number. Else the e-invoice's own, else the file's name."
    )
    kind: KindName | None = Field(None, description="Else the e-invoice's own, else `invoice`.")
    customer_number: line(50, examples=["10101"]) | None = Field(
        None, description="It goes to the e-mail list of the customer with this number."
    )
    addresses: Annotated[list[line(500, min_length=1)], AfterValidator(_short_enough)] | None = Field(
        None,
        max_length=50,
        description="It goes to these, where the customer has no e-mail list.",
        examples=[["office@customer.example"]],
    )
    external_id: line(100, examples=["erp-4711"]) | None = Field(
        None,
        description="Your own id, new for each document. The same id again is answered with the document "
        "that is there already.",
    )
    amount: Money | None = Field(None, description="What is to be paid.", examples=["124.00"])
    currency: Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")] | None = Field(
        None, description="ISO 4217.", examples=["EUR"]
    )
    issue_date: Day | None = None
    due_date: Day | None = None
    buyer: line(200, examples=["Miller Oy"]) | None = Field(None, description="The buyer's name.")
    language: Literal["fi", "sv", "en"] | None = Field(
        None, description="Of the mail, where the customer has none."
    )


class DocumentTaken(FactsTaken):
    """A document to be sent, as JSON."""

    filename: line(200, min_length=1, examples=["2026-17.pdf"]) = Field(
        description="The name under which the recipient gets it."
    )
    content: Base64 = Field(min_length=1, description="The PDF or the e-invoice (XML), in base64.")
    attachments: list[AttachmentTaken] = Field([], max_length=MAX_ATTACHMENTS)


class DeliverySaid(BaseModel):
    """The document to one address."""

    id: Id
    address: str = Field(description="Empty where nobody was found to send it to.")
    status: StatusName
    at: Moment = Field(description="When the status was reported.")
    cause: CauseName = Field(description="Why, in a word for programs. Empty: nothing is wrong.")
    code: str = Field(description="The code that people know.", examples=["550"])
    title: str = Field(description="Why, for people.")
    remedy: str = Field(description="What to do, for people.")
    copy_: bool = Field(alias="copy", description="It goes there as a copy (Cc).")
    origin: Literal[*Delivery.Origin.values] = Field(description="Where the address is from.")
    handled_at: Moment | None = Field(description="When somebody put the rejected delivery aside.")
    replaced_by: Id | None = Field(
        description="The delivery to the corrected address. This one counts no more."
    )
    as_link: bool = Field(description="It is mailed as a link, not with its files attached.")
    fetched_at: Moment | None = Field(description="When somebody first fetched a file by the link.")


class EventSaid(BaseModel):
    """Something that was reported about a delivery."""

    at: Moment = Field(description="The report's own time.")
    received_at: Moment
    status: StatusName
    cause: CauseName
    reply_code: int | None = Field(description="Of the mail server.", examples=[550])
    enhanced_code: str = Field(description="RFC 3463.", examples=["5.1.1"])
    text: str = Field(description="The mail server's own words, or ours.")
    host: str = Field(description="The mail server that said so.")
    title: str = Field(description="Why, for people.")


class EventOfDelivery(EventSaid):
    delivery: Id


class ToldDelivery(DeliverySaid):
    events: list[EventSaid] = Field(description="Everything that was reported, the oldest first.")


class DocumentSaid(BaseModel):
    id: Id
    number: str
    kind: KindName
    external_id: str | None
    customer_number: str
    status: DocumentStatus | None = Field(
        description="Of all its deliveries together: `rejected` where somebody has to act. `held`: the same "
        "document was received before, and it waits until somebody releases or cancels it."
    )
    is_partly: bool = Field(description="Only a part of its deliveries has this status.")
    received_at: Moment
    duplicate_of: Id | None = Field(description="The same document that was received before.")
    amount: str | None
    currency: str
    issue_date: DaySaid | None
    due_date: DaySaid | None
    page: Page
    deliveries: list[DeliverySaid]


class ToldDocument(DocumentSaid):
    deliveries: list[ToldDelivery]


class Documents(BaseModel):
    items: list[DocumentSaid]
    next_cursor: str | None = NEXT_CURSOR


class Events(BaseModel):
    items: list[EventOfDelivery]
    next_cursor: str | None = NEXT_CURSOR


class CorrectionTaken(Taken):
    address: line(320, min_length=1, examples=["office@customer.example"])
    also_in_list: bool = Field(
        False, description="Correct the customer's e-mail list, too. Needs the scope `manage`."
    )
