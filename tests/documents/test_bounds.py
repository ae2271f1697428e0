"""The decoding process stays within its bounds, and the portal's own process stays small."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.documents import pdf_samples as pdfs
from tests.documents import samples
from verifications.documents import decoding
from verifications.documents.decoding import Outcome, run_decoder
from verifications.documents.jobs import ALL_KINDS, Job
from verifications.documents.specimen_video import video_of_size
from verifications.documents.types import DEFAULT_LIMITS, MIB, DecoderUnavailable, Limits

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY = 300 * MIB
# Reads its own peak after resetting it, so that only what happens in between counts.
GROWTH = """
import re, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from verifications.documents.inspection import inspect_upload
def peak(name):
    return int(re.search(name + r":\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak("VmRSS")
found = inspect_upload(Path(sys.argv[2]), claimed_name="selfie.mp4", accept=None, max_bytes=200 * 2**20)
print(found.content_type, found.size, peak("VmHWM") - before)
"""
IMPORTED = """
import sys
sys.path.insert(0, sys.argv[1])
import importlib, pkgutil
import verifications.documents as package
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"verifications.documents.{module.name}")
print([name for name in sys.modules if name.split(".")[0] == "django"])
"""


def run(data: bytes, tmp_path: Path, content_type: str, limits: Limits = DEFAULT_LIMITS) -> Outcome:
    path, out_dir = tmp_path / "upload", tmp_path / "out"
    path.write_bytes(data)
    out_dir.mkdir()
    return run_decoder(Job(path, content_type, out_dir, ALL_KINDS, limits))


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    bomb = samples.bomb_png()
    assert len(bomb) < 25_000

    outcome = run(bomb, tmp_path, "image/png")

    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_many_pixels"
    assert "169.0 megapixels; the limit is 50" in outcome.refusal.message
    assert outcome.usage is not None
    assert outcome.usage.cpu_seconds < 1
    assert outcome.usage.peak_bytes < 60 * MIB


@pytest.mark.parametrize(
    ("make", "content_type"),
    [
        pytest.param(
            lambda: samples.flat_png(7000, 7000, bits=8, colour_type=6, bytes_per_row=28_000), "image/png", id="RGBA"
        ),
        pytest.param(lambda: samples.webp((4600, 3000)), "image/webp", id="WebP"),
    ],
)
def test_the_largest_pictures_decode_within_memory_and_time(make: object, content_type: str, tmp_path: Path) -> None:
    outcome = run(make(), tmp_path, content_type)

    assert outcome.facts is not None
    assert outcome.usage is not None
    assert outcome.usage.peak_bytes <= MOST_MEMORY
    assert outcome.usage.cpu_seconds <= 3


def test_a_file_that_takes_too_much_memory_is_refused(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, data_bytes=60 * MIB)
    data = samples.flat_png(7000, 4000, bits=8, colour_type=2, bytes_per_row=21_000)

    outcome = run(data, tmp_path, "image/png", limits)

    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_demanding"
    assert "60 MiB" in outcome.refusal.message


def test_a_file_that_takes_too_much_processor_time_is_stopped(tmp_path: Path) -> None:
    started = time.monotonic()

    outcome = run(pdfs.endless_drawing(), tmp_path, "application/pdf", replace(DEFAULT_LIMITS, cpu_seconds=1))

    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_demanding"
    assert time.monotonic() - started < 10


def test_a_page_that_outgrows_memory_ends_its_process_only(tmp_path: Path) -> None:
    outcome = run(pdfs.growing_drawing(), tmp_path, "application/pdf")

    assert outcome.refusal is not None
    assert outcome.refusal.code in {"unopenable", "too_demanding"}


def test_a_process_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    outcome = run(pdfs.endless_drawing(), tmp_path, "application/pdf", replace(DEFAULT_LIMITS, wall_seconds=0.5))

    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_demanding"
    assert outcome.usage is None


def test_pictures_larger_than_the_output_bound_are_not_written(tmp_path: Path) -> None:
    limits = replace(DEFAULT_LIMITS, output_bytes=3000)

    outcome = run(samples.jpeg((2000, 1500)), tmp_path, "image/jpeg", limits)

    assert outcome.refusal is not None
    assert outcome.refusal.code == "too_demanding"


def test_a_folder_that_is_gone_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(samples.jpeg((800, 600)))

    with pytest.raises(DecoderUnavailable, match="ENOENT"):
        run_decoder(Job(path, "image/jpeg", tmp_path / "gone", ALL_KINDS, DEFAULT_LIMITS))


def test_an_installation_at_fault_is_not_blamed_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_ROOT", tmp_path)

    with pytest.raises(DecoderUnavailable, match="exit status 1"):
        run(samples.jpeg(), tmp_path, "image/jpeg")


def test_the_decoding_process_sees_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setattr(decoding, "_START", "import os, sys; sys.stdout.write(repr(dict(os.environ)))")
    read: list[bytes] = []
    monkeypatch.setattr(decoding, "_read_answer", lambda raw, *_rest: read.append(raw))

    run(samples.jpeg(), tmp_path, "image/jpeg")

    assert set(eval(read[0])) <= {"LANG", "PATH", "MALLOC_ARENA_MAX", "LC_CTYPE"}  # noqa: S307 - our own repr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_video_of_100_mib_does_not_grow_the_portal(tmp_path: Path) -> None:
    path = tmp_path / "selfie.mp4"
    video_of_size(path, 100 * MIB)

    answer = subprocess.run(
        [sys.executable, "-c", GROWTH, str(ROOT), str(path)], capture_output=True, check=True, text=True
    )

    content_type, size, grown = answer.stdout.split()
    assert (content_type, int(size)) == ("video/mp4", 100 * MIB)
    assert int(grown) <= 8 * 1024


def test_the_package_imports_nothing_of_django() -> None:
    answer = subprocess.run([sys.executable, "-c", IMPORTED, str(ROOT)], capture_output=True, check=True, text=True)

    assert answer.stdout.strip() == "[]"
