"""A company's directory as a file: CSV and spreadsheets in, CSV and XLSX out. Pure.

A row says a customer number and the addresses that its documents go to:

    customer_number,email,name,language,copy
    1001,office@baker.example,Baker Oy,fi,
    1002;1003,a@candle.example;b@candle.example,Candle Oy,,books@candle.example

Rows that share a number are one customer, and `;` stands between several numbers or addresses of one cell.
What is written here is read back as the same (`guard` keeps spreadsheets from running it meanwhile).
"""

from distribution.directory.entries import Directory, Entry, read_directory
from distribution.directory.guard import guard
from distribution.directory.headings import COLUMNS
from distribution.directory.problems import Problem, WrongFile, is_notice, sentence
from distribution.directory.tables import MAX_MB, open_table
from distribution.directory.writing import csv_lines, lines_of, template_rows, write_xlsx

__all__ = [
    "COLUMNS",
    "MAX_MB",
    "Directory",
    "Entry",
    "Problem",
    "WrongFile",
    "csv_lines",
    "guard",
    "is_notice",
    "lines_of",
    "open_table",
    "read_directory",
    "sentence",
    "template_rows",
    "write_xlsx",
]
