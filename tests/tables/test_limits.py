"""A workbook that declares entities is not opened, wherever it hides them; what spreadsheet programs write is."""

import zipfile

import openpyxl
import pytest

from tne.tables.importers.errors import ContractError
from tne.tables.importers.limits import check_workbook

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
DECLARED = '<?xml version="1.0" encoding="UTF-8"?>'
REST = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "good.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append([1, "two"])
    book.save(path)
    return path


def with_part(path, content: bytes):
    """Return a copy of a workbook in which one part is something else."""
    made = path.with_name("made.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == "xl/styles.xml" else old.read(name))
        assert "xl/styles.xml" in old.namelist()
    return made


def test_what_a_program_writes_is_opened(workbook):
    check_workbook(workbook)
    for good in (
        DECLARED + REST,
        "\ufeff" + DECLARED + f"<!--{'x' * 200}-->\n<?mso x?>" + REST,
        "",
    ):
        check_workbook(with_part(workbook, good.encode()))
    check_workbook(with_part(workbook, (DECLARED.replace("UTF-8", "UTF-16") + REST).encode("utf-16")))


@pytest.mark.parametrize("declaration", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize(
    "before",
    [
        "",
        DECLARED,
        " " * 70_000,
        f"<!--{'x' * 70_000}-->",
        f"{DECLARED}<?x {'y' * 70_000}?>",
        f"<!-- <a> {' ' * 70_000}-->",
    ],
    ids=["first", "declared", "spaces", "comment", "instruction", "element_in_a_comment"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_entities_are_found_wherever_they_hide(workbook, declaration, before, encoding):
    made = with_part(workbook, f"{before}{declaration}{REST}".encode(encoding))
    with pytest.raises(ContractError, match="document type or entities"):
        check_workbook(made)
