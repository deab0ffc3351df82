"""Tables for programs."""

import csv
import io

from gitblob.cli import sheet
from gitblob.cli.console import Console

ROWS = [["a\rb", "c\nd"], ["e,f", 'g"h'], ["", "\r\n"], ["=1+1", "ü"]]


def test_csv_holds_every_cell_as_it_is(capsys):
    sheet.write("csv", ["one", "two"], ROWS, Console())
    text = capsys.readouterr().out
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["one", "two"], *ROWS]
    assert text.startswith('one,two\n"a\rb",')
