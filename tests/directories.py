"""Directories as files, for tests: what is read from one, what is told, and importing one by hand."""

import io

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from distribution import directory, importing
from distribution.models import DirectoryImport

IMPORTS = "/customers/imports/"
HEADINGS = "customer_number;email;name;language;copy\n"
BAKER = "1001;office@baker.example;Baker Oy;;\n"
CANDLE = "1002;office@candle.example;Candle Oy;sv;books@candle.example\n"
BAKER_THERE = {("1001",): ("Baker Oy", "", [("office@baker.example", False)])}
CANDLE_THERE = {
    ("1002",): ("Candle Oy", "sv", [("books@candle.example", True), ("office@candle.example", False)])
}


def read(content):
    """(directory, problems) of a file's text or bytes."""
    problems = []
    raw = content.encode() if isinstance(content, str) else content
    return directory.read_directory(directory.open_table(raw), problems.append), problems


def customers(content):
    """Each customer as (numbers, addresses, copies, name, language)."""
    found, _problems = read(content)
    return [
        (
            entry.numbers,
            sorted(address for address, copy in entry.addresses.items() if not copy),
            sorted(address for address, copy in entry.addresses.items() if copy),
            entry.name,
            entry.language,
        )
        for entry in found.entries
    ]


def told(content):
    return [(p.row, p.column, p.value, p.code) for p in read(content)[1]]


def refusal(content):
    with pytest.raises(directory.WrongFile) as refused:
        read(content)
    assert str(refused.value)
    return refused.value


def xlsx(*rows):
    """The bytes of a spreadsheet with these cells, each of its own type."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def upload(client, world, content, mode="update", name="customers.csv"):
    raw = content.encode() if isinstance(content, str) else content
    sent = {"file": SimpleUploadedFile(name, raw), "mode": mode, "company": world.acme.pk}
    return client.post(IMPORTS, sent)


def checked(client, world, content, mode="update", **name):
    """The import of an uploaded file that a worker has looked through."""
    answer = upload(client, world, content, mode, **name)
    assert answer.status_code == 302
    importing.work()
    return DirectoryImport.objects.get(pk=answer.url.strip("/").rpartition("/")[2])


def run(client, job, **typed):
    answer = client.post(reverse("run-directory-import", args=[job.pk]), typed)
    importing.work()
    job.refresh_from_db()
    return answer


def page(client, job):
    return client.get(reverse("directory-import", args=[job.pk])).content.decode()


def said(answer):
    return " ".join(str(message) for message in answer.context["messages"])


def directory_of(company):
    return {
        tuple(number.number for number in customer.numbers.all()): (
            customer.name,
            customer.language,
            sorted((entry.address, entry.copy) for entry in customer.addresses.all()),
        )
        for customer in company.customers.all()
    }
