"""Files as honest phones and hostile people send them, made when a test asks; no binary is kept in the repository."""

import io
import struct
import zipfile
import zlib

import pikepdf
import pillow_heif
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, PngImagePlugin

# split, so that a scanner of this machine leaves the repository alone
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + rb"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\x00" + b"\0" * 200


def picture(image_format="JPEG", size=(40, 20), mode="RGB", colour="orange", **options):
    if image_format == "HEIF":
        pillow_heif.register_heif_opener()
    data = io.BytesIO()
    Image.new(mode, size, colour).save(data, image_format, **options)
    return data.getvalue()


def photograph(image_format="JPEG"):
    """As a phone makes it: lying on its side, with its place and a maker."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by a quarter
    exif[0x010F] = "SecretMaker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (34.0, 3.0, 8.0)
    more = {"comment": b"my address"} if image_format == "JPEG" else {}
    return picture(image_format, exif=exif.tobytes(), **more)


def png(width, height, body=b"\0" * 100, before=b""):
    """A PNG that claims a size; what is in it may be anything."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + end


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) & 0xFFFFFFFF)


def text_bomb(megabytes=20):
    return chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * megabytes * 1024 * 1024))


def png_with_text(text):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", text)
    return picture("PNG", pnginfo=info)


def heic_of(width, height):
    """A HEIC whose boxes claim another size than its picture has."""
    content = picture("HEIF", size=(64, 64))
    at = content.index(b"ispe") + 8
    return content[:at] + struct.pack(">II", width, height) + content[at + 8 :]


def animated(image_format):
    data = io.BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    frames[0].save(data, image_format, save_all=True, append_images=frames[1:])
    return data.getvalue()


def archive(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return data.getvalue()


def pdf(change=None, **options):
    """A page with a link; `change(pdf, page)` makes it hostile."""
    data = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page(page_size=(200, 200))
        page = made.pages[0]
        page.Contents = made.make_stream(b"BT ET")
        if change:
            change(made, page)
        made.save(data, **options)
    return data.getvalue()


def script(words="app.alert(1)"):
    return Dictionary(S=Name.JavaScript, JS=String(words))


def opens_with(action):
    def change(made, page):
        made.Root.OpenAction = action

    return change


def annotated(**entries):
    def change(made, page):
        note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **entries)
        page.Annots = Array([made.make_indirect(note)])

    return change


def embeds(made, page):
    made.attachments["virus.exe"] = pikepdf.AttachedFileSpec(made, PROGRAM, filename="virus.exe")


def named_script(made, page):
    made.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), made.make_indirect(script())])))


def page_script(made, page):
    page.AA = Dictionary(O=script())


def chained(made, page):
    made.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([page.obj, Name.Fit]), Next=script())


def form_script(made, page):
    field = Dictionary(FT=Name.Tx, T=String("name"), V=String("Ana"), AA=Dictionary(K=script()))
    made.Root.AcroForm = Dictionary(Fields=Array([made.make_indirect(field)]), XFA=made.make_stream(b"<xdp/>"))


def only_xfa(made, page):
    made.Root.NeedsRendering = True
    form_script(made, page)


def portfolio(made, page):
    embeds(made, page)
    made.Root.Collection = Dictionary(Type=Name.Collection)


def photographed(made, page):
    photo = made.make_stream(photograph(), Type=Name.XObject, Subtype=Name.Image, Width=40, Height=20)
    photo.Filter, photo.ColorSpace, photo.BitsPerComponent = Name.DCTDecode, Name.DeviceRGB, 8
    page.Resources = Dictionary(XObject=Dictionary(Photo=photo))
    made.docinfo["/Author"] = "SecretMaker"


def deep(made, page):
    inner = Dictionary(JS=String("x"))
    for _level in range(200):
        inner = Dictionary(Kid=inner)
    made.Root.PieceInfo = inner


def no_pages():
    data = io.BytesIO()
    with pikepdf.new() as made:
        made.save(data)
    return data.getvalue()


def object_stream_bomb(megabytes=1500):
    """A PDF whose table of objects unpacks to more than there is memory."""
    packer, megabyte = zlib.compressobj(9), b"0 0 " * (256 * 1024)
    first, again = (packer.compress(megabyte) + packer.flush(zlib.Z_FULL_FLUSH) for _part in range(2))
    packed = first + again * (megabytes - 1) + packer.flush()
    table = b"5 0 obj\n<</Type/XRef/Size 6/Root 1 0 R/W[1 2 1]/Index[0 6]/Filter/FlateDecode/Length %d>>stream\n"
    start = b"%PDF-1.7\n"
    body = table % len(packed) + packed + b"\nendstream\nendobj\n"
    return start + body + b"startxref\n%d\n%%%%EOF\n" % len(start)
