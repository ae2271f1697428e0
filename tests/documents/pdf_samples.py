"""PDFs, good and evil, built with pypdf or by hand."""

from __future__ import annotations

import io

from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

from verifications.documents.specimen_paper import pdf_of_pages

LINE = "0 0 0 RG 40 40 m 300 300 l S"


def pdf(pages: int = 1) -> bytes:
    return pdf_of_pages([f"BT /F1 24 Tf 60 700 Td (Page {number + 1}) Tj ET" for number in range(pages)])


def _writer() -> PdfWriter:
    return PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))


def _bytes(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def _dictionary(**entries: object) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in entries.items()})


def _action(kind: str, **entries: object) -> DictionaryObject:
    return _dictionary(S=NameObject(f"/{kind}"), **entries)


def with_open_action(kind: str) -> bytes:
    writer = _writer()
    values = {"JavaScript": {"JS": TextStringObject("app.alert(1)")}}.get(kind, {"F": TextStringObject("calc.exe")})
    writer._root_object[NameObject("/OpenAction")] = _action(kind, **values)
    return _bytes(writer)


def with_named_script() -> bytes:
    writer = _writer()
    script = writer._add_object(_action("JavaScript", JS=TextStringObject("app.alert(1)")))
    names = _dictionary(Names=ArrayObject([TextStringObject("start"), script]))
    writer._root_object[NameObject("/Names")] = _dictionary(JavaScript=names)
    return _bytes(writer)


def with_hidden_script() -> bytes:
    """The action's name is written with a hexadecimal escape, so that no search for the word finds it."""
    return with_open_action("JavaScript").replace(b"/JavaScript", b"/J#61vaScrip#74")


def with_packed_script() -> bytes:
    """The action stands in a compressed object stream, where no search of the bytes sees it."""
    import zlib

    inner = b"7 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    packed = zlib.compress(inner)
    start = pdf().rpartition(b"xref\n0")[0]
    start = start.replace(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Catalog /Pages 2 0 R /OpenAction 7 0 R >>")
    at = [start.index(b"%d 0 obj" % number) for number in range(1, 7)]
    holder = len(start)
    start += b"8 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    start += packed + b"\nendstream\nendobj\n"
    table = len(start)
    rows = [(0, 0, 65535), *((1, offset, 0) for offset in at), (2, 8, 0), (1, holder, 0), (1, table, 0)]
    data = b"".join(bytes([kind]) + one.to_bytes(4, "big") + two.to_bytes(2, "big") for kind, one, two in rows)
    start += b"9 0 obj\n<< /Type /XRef /Size 10 /W [1 4 2] /Root 1 0 R /Length %d >>\nstream\n" % len(data)
    return start + data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % table


def with_launch_named_elsewhere() -> bytes:
    """The kind of the action is a reference to a name that stands in an object of its own."""
    writer = _writer()
    kind = writer._add_object(NameObject("/Launch"))
    writer._root_object[NameObject("/OpenAction")] = _dictionary(S=kind, F=TextStringObject("calc.exe"))
    return _bytes(writer).replace(b"/Launch", b"/L#61unch")


def with_kids_elsewhere(pages: int) -> bytes:
    """The list of pages stands in an object of its own."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(pages))))
    tree = writer._root_object["/Pages"]
    tree[NameObject("/Kids")] = writer._add_object(tree["/Kids"])
    return _bytes(writer)


def with_page_action(kind: str) -> bytes:
    writer = _writer()
    writer.pages[0][NameObject("/AA")] = _dictionary(O=_action(kind, F=TextStringObject("\\\\host\\share")))
    return _bytes(writer)


def with_annotation(kind: str, **entries: object) -> bytes:
    writer = _writer()
    corners = ArrayObject([NumberObject(value) for value in (10, 10, 90, 90)])
    annotation = _dictionary(Type=NameObject("/Annot"), Subtype=NameObject(f"/{kind}"), Rect=corners, **entries)
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(annotation)])
    return _bytes(writer)


def with_link(kind: str = "URI") -> bytes:
    target = {"URI": TextStringObject("https://example.com/bill")} if kind == "URI" else {"F": TextStringObject("x")}
    return with_annotation("Link", A=_action(kind, **target))


def with_attachment() -> bytes:
    writer = _writer()
    writer.add_attachment("invoice.xml", b"<invoice/>")
    return _bytes(writer)


def with_dynamic_form() -> bytes:
    writer = _writer()
    writer._root_object[NameObject("/AcroForm")] = _dictionary(XFA=TextStringObject("<xdp/>"), Fields=ArrayObject())
    return _bytes(writer)


def encrypted(password: str) -> bytes:
    writer = _writer()
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-128" if not password else "RC4-128")
    return _bytes(writer)


def page_loop() -> bytes:
    return pdf(2).replace(b"/Kids [5 0 R 7 0 R]", b"/Kids [5 0 R 2 0 R]")


def no_pages() -> bytes:
    return pdf_of_pages([])


def with_huge_image() -> bytes:
    writer = _writer()
    image = StreamObject()
    image.set_data(b"\x00")
    entries = {"Subtype": NameObject("/Image"), "Width": NumberObject(13_000), "Height": NumberObject(13_000)}
    image.update({NameObject(f"/{key}"): value for key, value in entries.items()})
    writer.pages[0]["/Resources"][NameObject("/XObject")] = _dictionary(Im0=writer._add_object(image))
    return _bytes(writer)


def of_many_objects(count: int) -> bytes:
    writer = _writer()
    writer._root_object[NameObject("/Specimen")] = ArrayObject([_dictionary(N=NumberObject(1)) for _ in range(count)])
    return _bytes(writer)


def endless_drawing() -> bytes:
    """Forty thousand times the whole page: little memory, a minute of work."""
    return pdf_of_pages(["/Gs gs 0 0 595 842 re f\n" * 40_000])


def growing_drawing() -> bytes:
    """Forms that draw forms that draw forms: a few hundred bytes, ten thousand million lines."""
    writer = _writer()
    inner = None
    for level in range(10):
        form = StreamObject()
        form.set_data((LINE if inner is None else "/X Do " * 10).encode())
        box = ArrayObject([NumberObject(value) for value in (0, 0, 595, 842)])
        form.update(_dictionary(Type=NameObject("/XObject"), Subtype=NameObject("/Form"), BBox=box))
        form.update(_dictionary(FormType=NumberObject(1), Level=NumberObject(level)))
        if inner is not None:
            form[NameObject("/Resources")] = _dictionary(XObject=_dictionary(X=inner))
        inner = writer._add_object(form)
    page = writer.pages[0]
    page["/Resources"][NameObject("/XObject")] = _dictionary(X=inner)
    content = StreamObject()
    content.set_data(b"/X Do " * 10)
    page[NameObject("/Contents")] = writer._add_object(content)
    return _bytes(writer)
