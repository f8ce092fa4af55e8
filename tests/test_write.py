"""What is published has the cells that were judged."""

import codecs

from hypothesis import given
from hypothesis import strategies as st

from odtool.judging.read import read
from odtool.model import Form, Grid, Table
from odtool.table.write import write

# Anything an office may type; tabs are left out, because a file with more tabs than commas is read as one of tabs.
CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from('\n\r",'), max_size=8)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Table, list[list[str]]]:
    width = draw(st.integers(1, 5))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8))
    labels = tuple(f"列{n}" for n in range(width))
    return Table(Grid(Form("csv"), lambda: iter([labels, *rows])), labels, 1), rows


@given(tables())
def test_the_written_file_is_read_as_the_same_cells(made: tuple[Table, list[list[str]]]) -> None:
    table, rows = made
    (grid,) = read(write(table)).grids
    kept = [row for row in rows if any(cell and not cell.isspace() for cell in row)]
    assert list(map(list, grid.records())) == [list(table.labels), *kept]


def test_it_is_utf8_with_mark_and_crlf_and_quotes_only_where_needed() -> None:
    rows = [("コード", "名称"), ("012025", 'a,"b'), ("", ""), ("0123", "京都")]
    data = write(Table(Grid(Form("csv"), lambda: iter(rows)), rows[0], 1))
    assert data == codecs.BOM_UTF8 + 'コード,名称\r\n012025,"a,""b"\r\n0123,京都\r\n'.encode()
