"""Tables as files for spreadsheet programs."""

import tempfile

from django.http import FileResponse, Http404, StreamingHttpResponse

from distribution.directory import lines_of, write_xlsx

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_file(headings, rows, name, ending):
    """The answer that is a CSV or XLSX file of these rows; its name ends as it is. Raises Http404."""
    if ending == "csv":
        answer = StreamingHttpResponse(lines_of(headings, rows), content_type="text/csv; charset=utf-8")
    elif ending == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  closed when it has been sent
        write_xlsx(rows, file, headings)
        file.seek(0)
        answer = FileResponse(file, content_type=XLSX)
    else:
        raise Http404
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return answer
