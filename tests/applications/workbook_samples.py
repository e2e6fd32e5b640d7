"""Workbooks (.xlsx) written by hand: small archives that a spreadsheet program would never write."""

import io
import zipfile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = (
    '<row><c t="inlineStr"><is><t>SID</t></is></c><c t="inlineStr"><is><t>Name</t></is></c></row>'
    "<row><c><v>88001</v></c></row>"
)


def workbook(rows=HEAD, strings="", *, sheets=1, doctype="", extra_parts=0):
    """`rows`, `strings`: XML of the sheet and of the table of shared strings."""
    named = "".join(f'<sheet name="S{n}" sheetId="{n + 1}" r:id="r1"/>' for n in range(sheets))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{KIND}.sharedStrings+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{named}</sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'{doctype}<sst xmlns="{MAIN}">{strings}</sst>',
        **{f"xl/media/{n}.png": "" for n in range(extra_parts)},
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return held.getvalue()


def string(text):
    return f"<si><t>{text}</t></si>"


def repeated_names(rows, text):
    """A small workbook whose rows all refer to the same long text."""
    line = '<row><c><v>88001</v></c><c t="s"><v>0</v></c></row>'
    return workbook(HEAD + line * rows, string(text))


def real_list(rows):
    """A list as a college sends it: seven columns, three of them different texts in each row."""
    texts = ("SID", "First name", "Last name", "Email", "Units", "Good standing", "Enrolled", "yes")
    strings = [string(text) for text in texts]
    lines = ["<row>" + "".join(f'<c t="s"><v>{place}</v></c>' for place in range(7)) + "</row>"]
    for n in range(rows):
        strings += map(string, (f"Ana{n}", f"Ruiz Soto{n}", f"ana{n}@student.college.example"))
        own = len(strings) - 3
        refers = [f'<c t="s"><v>{own + place}</v></c>' for place in range(3)]
        said = '<c><v>12</v></c><c t="s"><v>7</v></c><c t="s"><v>7</v></c>'
        lines.append(f"<row><c><v>{88000000 + n}</v></c>{''.join(refers)}{said}</row>")
    return workbook("".join(lines), "".join(strings))
