"""JPEGs made to be sent: of full size for a provider, of a size that a verification session takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.documents import samples
from verifications.documents.jobs import ALL_KINDS, CAPTURE_KINDS, UPLOAD_KINDS
from verifications.documents.previews import process_upload
from verifications.documents.types import Rendition, RenditionName, UploadRefused

MAX_BYTES = 20 * 1024 * 1024


def process(data: bytes, tmp_path: Path, kinds: frozenset[RenditionName]) -> dict[str, Rendition]:
    path, folder = tmp_path / "upload", tmp_path / "out"
    path.write_bytes(data)
    folder.mkdir()
    _inspection, renditions = process_upload(
        path, claimed_name="a", accept=None, max_bytes=MAX_BYTES, out_dir=folder, kinds=kinds
    )
    return {rendition.kind: rendition for rendition in renditions}


def size_of(rendition: Rendition) -> tuple[int, int]:
    with Image.open(rendition.path) as image:
        assert image.size == (rendition.width, rendition.height)
        return image.size


@pytest.mark.parametrize("kinds", [UPLOAD_KINDS, ALL_KINDS], ids=["upload", "all"])
@pytest.mark.parametrize("size", [(640, 480), (900, 700), (1600, 1200)])
def test_a_small_webp_is_delivered_at_full_size(
    size: tuple[int, int], kinds: frozenset[RenditionName], tmp_path: Path
) -> None:
    made = process(samples.webp(size), tmp_path, kinds)

    assert size_of(made["DELIVERY"]) == size
    assert max(size_of(made["THUMBNAIL"])) < 640
    with Image.open(made["DELIVERY"].path) as image:
        pixel = image.convert("RGB").getpixel((5, 5))
        assert isinstance(pixel, tuple)
        assert all(abs(got - wanted) < 24 for got, wanted in zip(pixel, samples.QUARTERS["tl"], strict=True))


@pytest.mark.parametrize("make", [samples.jpeg, samples.png, samples.webp], ids=["jpeg", "png", "webp"])
def test_a_capture_is_made_before_the_picture_is_shrunk_to_be_shown(make: object, tmp_path: Path) -> None:
    made = process(make((1000, 800)), tmp_path, CAPTURE_KINDS)  # type: ignore[operator]

    assert set(made) == {"PREVIEW", "THUMBNAIL", "CAPTURE"}
    assert size_of(made["CAPTURE"]) == (1000, 800)


def test_a_large_png_is_brought_within_the_limits(tmp_path: Path) -> None:
    content = samples.flat_png(9000, 4000, bits=8, colour_type=0, bytes_per_row=9000)

    assert size_of(process(content, tmp_path, CAPTURE_KINDS)["CAPTURE"]) == (3840, 1707)


def test_the_largest_picture_leaves_room_for_its_capture(tmp_path: Path) -> None:
    content = samples.flat_png(7000, 7000, bits=8, colour_type=6, bytes_per_row=28_000)

    assert size_of(process(content, tmp_path, CAPTURE_KINDS)["CAPTURE"]) == (2160, 2160)


def test_a_picture_of_a_phone_is_reduced_with_its_shape(tmp_path: Path) -> None:
    made = process(samples.jpeg((4000, 6000)), tmp_path, CAPTURE_KINDS)

    assert size_of(made["CAPTURE"]) == (1440, 2160)


@pytest.mark.parametrize("size", [(639, 480), (640, 479), (480, 640), (3000, 300)])
def test_a_picture_a_session_does_not_take_is_refused_and_leaves_nothing(size: tuple[int, int], tmp_path: Path) -> None:
    with pytest.raises(UploadRefused) as caught:
        process(samples.jpeg(size), tmp_path, CAPTURE_KINDS)

    assert caught.value.code == "too_small"
    assert list((tmp_path / "out").iterdir()) == []


def test_the_same_picture_is_taken_where_no_session_wants_it(tmp_path: Path) -> None:
    assert "CAPTURE" not in process(samples.jpeg((480, 640)), tmp_path, UPLOAD_KINDS)
