"""What a browser or a provider gets instead of the original: upright, small, and with nothing hidden in it."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.documents import pdf_samples as pdfs
from tests.documents import samples
from verifications.documents.previews import process_upload, render
from verifications.documents.types import Inspection, Rendition, UploadRefused

MAX_BYTES = 20 * 1024 * 1024
SECRETS = (b"Exif", b"GPS", b"ICC_PROFILE", b"Specimen camera", b"taken at home", b"http", b"ftyp", b"<?xpacket")


@pytest.fixture
def out_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def process(data: bytes, out_dir: Path, name: str = "a.jpg") -> tuple[Inspection, dict[tuple[str, int], Rendition]]:
    path = out_dir.parent / "upload"
    path.write_bytes(data)
    inspection, renditions = process_upload(path, claimed_name=name, accept=None, max_bytes=MAX_BYTES, out_dir=out_dir)
    return inspection, {(rendition.kind, rendition.page): rendition for rendition in renditions}


def assert_upright(path: Path, size: tuple[int, int] = samples.UPRIGHT_SIZE, tolerance: int = 24) -> None:
    with Image.open(path) as image:
        assert image.size == size
        assert image.mode == "RGB"
        width, height = size
        corners = {"tl": (0.2, 0.2), "tr": (0.8, 0.2), "bl": (0.2, 0.8), "br": (0.8, 0.8)}
        for corner, (x, y) in corners.items():
            pixel = image.getpixel((int(width * x), int(height * y)))
            wanted = samples.QUARTERS[corner]
            assert max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) <= tolerance, corner


def assert_bare(path: Path) -> None:
    """A JPEG that holds nothing but a JFIF header and the picture, up to its last byte."""
    data = path.read_bytes()
    assert data.endswith(b"\xff\xd9")
    assert not [secret for secret in SECRETS if secret in data]
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}
        assert [name for name, _content in image.applist] == ["APP0"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_process_upload_shows_every_orientation_upright(orientation: int, out_dir: Path) -> None:
    inspection, renditions = process(samples.turned_jpeg(orientation), out_dir)

    assert (inspection.orientation, inspection.width, inspection.height) == (orientation, 240, 160)
    assert_upright(renditions["PREVIEW", 1].path)
    assert_upright(renditions["THUMBNAIL", 1].path)


def test_process_upload_leaves_out_place_camera_comment_and_profile(out_dir: Path) -> None:
    original = samples.photo_with_place()
    assert b"Specimen camera" in original
    assert b"taken at home" in original

    _, renditions = process(original, out_dir)

    for rendition in renditions.values():
        assert_bare(rendition.path)


def test_process_upload_leaves_out_what_stands_behind_the_picture(out_dir: Path) -> None:
    inspection, renditions = process(samples.motion_photo(), out_dir)

    assert "behind the picture" in " ".join(inspection.notes)
    assert_bare(renditions["PREVIEW", 1].path)


def test_process_upload_hashes_and_measures_what_it_wrote(out_dir: Path) -> None:
    _, renditions = process(samples.jpeg((1000, 500)), out_dir)

    preview, thumbnail = renditions["PREVIEW", 1], renditions["THUMBNAIL", 1]
    assert (preview.width, preview.height) == (1000, 500)
    assert (thumbnail.width, thumbnail.height) == (320, 160)
    for rendition in (preview, thumbnail):
        data = rendition.path.read_bytes()
        assert (rendition.size, rendition.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert rendition.content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        pytest.param((4000, 3000), (2000, 1500), id="12 megapixels, decoded at half size"),
        pytest.param((2600, 100), (2200, 85), id="wide"),
        pytest.param((3000, 20), (2200, 15), id="strip"),
    ],
)
def test_process_upload_bounds_the_preview(size: tuple[int, int], shown: tuple[int, int], out_dir: Path) -> None:
    inspection, renditions = process(samples.jpeg(size), out_dir)

    preview = renditions["PREVIEW", 1]
    assert (inspection.width, inspection.height) == size
    assert (preview.width, preview.height) == shown


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: samples.jpeg(mode="CMYK"), id="CMYK"),
        pytest.param(lambda: samples.png(mode="RGBA"), id="RGBA"),
        pytest.param(lambda: samples.png(mode="P"), id="palette"),
        pytest.param(samples.webp, id="WebP"),
        pytest.param(lambda: samples.webp(lossless=True), id="WebP lossless"),
    ],
)
def test_process_upload_shows_every_kind_of_colour(make: object, out_dir: Path) -> None:
    _, renditions = process(make(), out_dir)

    assert_upright(renditions["PREVIEW", 1].path, tolerance=60)


@pytest.mark.parametrize("make", [samples.rgb16_png, samples.grey16_png])
def test_process_upload_shows_16_bits_in_8(make: object, out_dir: Path) -> None:
    _, renditions = process(make(), out_dir, "a.png")

    with Image.open(renditions["PREVIEW", 1].path) as image:
        assert all(abs(value - 0xC8) <= 3 for value in image.getpixel((20, 20)))


def test_process_upload_puts_transparent_pictures_on_white(out_dir: Path) -> None:
    data = samples.encoded(Image.new("RGBA", (60, 40), (0, 0, 0, 0)), "PNG")

    _, renditions = process(data, out_dir, "a.png")

    with Image.open(renditions["PREVIEW", 1].path) as image:
        assert image.getpixel((30, 20)) == (255, 255, 255)


def test_process_upload_converts_other_colour_spaces_to_srgb(out_dir: Path) -> None:
    _, renditions = process(samples.png(icc_profile=samples.swapped_profile()), out_dir, "a.png")

    with Image.open(renditions["PREVIEW", 1].path) as image:
        red, _, blue = image.getpixel((20, 20))
    assert (red < 100, blue > 150) == (True, True)
    assert_bare(renditions["PREVIEW", 1].path)


def test_process_upload_passes_over_a_profile_that_is_none(out_dir: Path) -> None:
    _, renditions = process(samples.jpeg(icc_profile=b"not a profile"), out_dir)

    assert_upright(renditions["PREVIEW", 1].path)


def test_process_upload_converts_heic_for_providers(out_dir: Path) -> None:
    inspection, renditions = process(samples.heic(), out_dir, "IMG_1.HEIC")

    delivery = renditions["DELIVERY", 1]
    assert (delivery.width, delivery.height) == (inspection.width, inspection.height) == (64, 96)
    assert "GPS" in " ".join(inspection.notes)
    assert "original is kept" in " ".join(inspection.notes)
    for rendition in renditions.values():
        assert_bare(rendition.path)
    with Image.open(
        renditions["PREVIEW", 1].path
    ) as image:  # turned right: the lower left corner came to the upper left
        assert image.getpixel((10, 10))[2] > 150


def test_process_upload_converts_turned_webp_for_providers(out_dir: Path) -> None:
    data = samples.encoded(
        samples.quarters().transpose(samples.TURNED[6]), "WEBP", lossless=True, exif=samples.exif(6, place=True)
    )

    _, renditions = process(data, out_dir, "a.webp")

    assert_upright(renditions["DELIVERY", 1].path)
    assert_bare(renditions["DELIVERY", 1].path)


@pytest.mark.parametrize("make", [samples.jpeg, samples.png])
def test_process_upload_sends_jpeg_and_png_as_they_are(make: object, out_dir: Path) -> None:
    _, renditions = process(make(), out_dir)

    assert ("DELIVERY", 1) not in renditions


def test_process_upload_shows_the_first_ten_pages_of_a_pdf(out_dir: Path) -> None:
    inspection, renditions = process(pdfs.pdf(12), out_dir, "a.pdf")

    assert [page for kind, page in sorted(renditions) if kind == "PREVIEW"] == list(range(1, 11))
    preview = renditions["PREVIEW", 1]
    assert (preview.width, preview.height) == (1240, 1755)  # A4 at 150 dots per inch
    assert "first 10 of 12 pages" in " ".join(inspection.notes)
    with Image.open(preview.path) as image:
        assert image.convert("L").getextrema()[0] < 60
    assert_bare(preview.path)


@pytest.mark.parametrize("make", [samples.mp4, samples.webm])
def test_process_upload_makes_no_pictures_of_videos(make: object, out_dir: Path) -> None:
    _, renditions = process(make(), out_dir, "a.mp4")

    assert renditions == {}
    assert list(out_dir.iterdir()) == []


def test_process_upload_leaves_nothing_behind_when_it_refuses(out_dir: Path) -> None:
    with pytest.raises(UploadRefused):
        process(samples.png()[:-40], out_dir, "a.png")

    assert list(out_dir.iterdir()) == []


def test_render_makes_the_same_pictures_again(out_dir: Path, tmp_path: Path) -> None:
    _, before = process(samples.turned_jpeg(8), out_dir)
    again = tmp_path / "again"
    again.mkdir()

    after = render(tmp_path / "upload", content_type="image/jpeg", out_dir=again, kinds={"THUMBNAIL"})

    assert [(item.kind, item.sha256) for item in after] == [("THUMBNAIL", before["THUMBNAIL", 1].sha256)]
