"""Documents come in by the API: as JSON with base64 in it, or as a form."""

import binascii
from base64 import b64decode
from decimal import Decimal
from hashlib import sha256

from django.utils.translation import gettext as _
from ninja.responses import Status
from pydantic import ValidationError

from documents import intake
from documents.api.reading import fetched, router, tell
from documents.api.schemas import DocumentTaken, FactsTaken, ToldDocument
from documents.models import Document
from documents.representing import page_of
from portal.api.bodies import FORM, JSON, read_form, read_json, unsupported
from portal.api.description import REF, operation
from portal.api.idempotency import once_by_itself
from portal.api.problems import Problem, from_validation, invalid


def _form_schema():
    """The same fields as in JSON, with real files."""
    schema = FactsTaken.model_json_schema()
    file = {"type": "string", "format": "binary"}
    properties = {
        "file": file | {"description": "The PDF or the e-invoice (XML), with its name."},
        "attachments": {"type": "array", "items": file, "description": "Files that go along."},
    }
    for name, field in schema["properties"].items():
        # A form has no null: what is not known is left out.
        [known, _null] = field.pop("anyOf")
        properties[name] = known | {key: value for key, value in field.items() if key != "default"}
    return schema | {"title": "DocumentForm", "properties": properties, "required": ["file"]}


@router.post(
    "/documents/",
    response={201: ToldDocument, 200: ToldDocument},
    summary="Send a document",
    **operation(
        "send",
        409,
        body={
            JSON: DocumentTaken.model_json_schema(ref_template=REF),
            FORM: _form_schema(),
        },
    ),
)
@once_by_itself
def send_document(request):
    """Take in one document and send it: 201, or 200 with the document that has this `external_id` already.

    It goes to the e-mail list of its customer number, else to its addresses. The same document again is
    held, refused (409) or sent, as the company wants it. A file with several invoices is refused: send them
    one by one, or as a batch in the portal.

    As JSON, or as a form (`multipart/form-data`): that has `file`, with its name, in the place of `filename`
    and `content`, `attachments` as files, and `addresses` as often as needed.
    """
    facts, name, content, attachments = _read(request)
    token, external_id = request.auth, facts.pop("external_id")
    try:
        document = intake.receive(
            token.company,
            intake.Facts(**facts),
            content,
            name,
            source=Document.Source.API,
            by=token.created_by,
            external_id=external_id or _own_id(request),
            attachments=attachments,
        )
    except intake.Refused as refusal:
        raise _problem(refusal) from None
    is_new = document.is_new or not external_id
    return Status(201 if is_new else 200, tell(fetched(Document.objects).get(pk=document.pk)))


def _own_id(request):
    """Of a call with a key and no external id: when its process died, the next one finds what it did."""
    kept = getattr(request, "kept_answer", None)
    if kept is None:
        return ""
    return f"key-{sha256(f'{kept.key} {kept.fingerprint}'.encode()).hexdigest()[:32]}"


def _problem(refusal):
    """What intake says no to, as what the API says."""
    if isinstance(refusal, intake.ServiceOff):
        return Problem("service-off", refusal)
    if isinstance(refusal, intake.TooLarge):
        return Problem("too-large", refusal, [(refusal.about, refusal)])
    if isinstance(refusal, intake.Duplicate):
        first = refusal.document
        earlier = {"id": str(first.public_id), "number": first.number, "page": page_of(first)}
        return Problem("duplicate", refusal, document=earlier)
    return Problem("refused", refusal, [(refusal.about, refusal)] if refusal.about else [])


def _read(request):
    """(facts, file name, content, attachments) of a call. Raises Problem."""
    try:
        if request.content_type == JSON:
            return _read_json(DocumentTaken.model_validate(read_json(request)))
        if request.content_type == FORM:
            return _read_form(*read_form(request))
    except ValidationError as wrong:
        raise from_validation(wrong.errors()) from None
    raise unsupported(JSON, FORM)


def _read_json(taken):
    content = _decoded(taken.content, "content")
    attachments = [
        intake.Attachment(file.name, _decoded(file.content, f"attachments.{place}.content"))
        for place, file in enumerate(taken.attachments)
    ]
    return _facts(taken), taken.filename, content, attachments


def _decoded(text, field):
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise invalid((field, _("This is no base64."))) from None


def _read_form(fields, files):
    taken = FactsTaken.model_validate(_one_by_one(fields))
    unknown = set(files) - {"file", "attachments"}
    if unknown:
        raise invalid(*((name, _("There is no such field.")) for name in sorted(unknown)))
    if len(files.get("file", [])) != 1:
        raise invalid(("file", _("Send one document, as a file with its name.")))
    [file] = files["file"]
    attached = [intake.Attachment(other.name, other.read()) for other in files.get("attachments", [])]
    return _facts(taken), file.name, file.read(), attached


def _one_by_one(fields):
    """A form's fields as JSON would have them: addresses are a list, and what is empty is not there."""
    read = {}
    for name, values in fields.items():
        given = [value for value in values if value]
        if name == "addresses":
            read[name] = given
        elif len(given) > 1:
            raise invalid((name, _("This field came more than once.")))
        elif given:
            read[name] = given[0]
    return read


def _facts(taken):
    """What was said, as intake takes it, with the external id."""
    given = {name: getattr(taken, name) for name in FactsTaken.model_fields}
    said = {name: value for name, value in given.items() if value is not None}
    said["addresses"] = "; ".join(said.get("addresses", []))
    if "amount" in said:
        said["amount"] = Decimal(said["amount"])
    return {"external_id": ""} | said
