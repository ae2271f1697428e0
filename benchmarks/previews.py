"""Preview and thumbnail of a 12-megapixel JPEG, in the bounded process and without it.

``python -m benchmarks.previews``; ``djpeg`` (Debian: libjpeg-turbo-progs) is timed too where it is installed.
"""

from __future__ import annotations

import argparse
import io
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.report import Timing, headline, line, mib, timed
from verifications.documents.decoding import run_decoder
from verifications.documents.jobs import ALL_KINDS, Job
from verifications.documents.previews import process_upload
from verifications.documents.types import DEFAULT_LIMITS

SIZE = (4000, 3000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo = folder / "photo.jpg"
        photo.write_bytes(_photo())
        out = folder / "out"
        out.mkdir()
        headline("Previews", f"a JPEG of {SIZE[0]} x {SIZE[1]} pixels, {mib(photo.stat().st_size)}")

        def measured(work: Callable[[], object]) -> Timing:
            return timed(work, rounds=chosen.rounds, seconds=30.0, warm_up=1)

        eighth = measured(lambda: _draft(photo))
        line("Pillow, draft 1/8, in this process", eighth)
        if djpeg := shutil.which("djpeg"):
            command = [djpeg, "-scale", "1/8", "-outfile", str(folder / "small.ppm"), str(photo)]
            line(
                "djpeg 1/8, a process",
                measured(lambda: subprocess.run(command, check=True)),
                eighth.fastest,
                "draft 1/8",
            )
        start = [sys.executable, "-I", "-c", "import PIL.Image, PIL.ImageOps"]
        line(
            "Python with Pillow started and ended",
            measured(lambda: subprocess.run(start, check=True)),
            eighth.fastest,
            "draft 1/8",
        )
        line(
            "full decode, two pictures, in this process",
            measured(lambda: _stock(photo, out)),
            eighth.fastest,
            "draft 1/8",
        )
        portal = measured(
            lambda: process_upload(
                photo, claimed_name="photo.jpg", accept=frozenset({"image/jpeg"}), max_bytes=10**9, out_dir=out
            )
        )
        line("portal: hash, inspect, preview, thumbnail", portal, eighth.fastest, "draft 1/8")
        outcome = run_decoder(Job(photo, "image/jpeg", out, ALL_KINDS, DEFAULT_LIMITS))
        if outcome.usage is not None:
            usage = outcome.usage
            processor = f"{usage.cpu_seconds * 1000:.0f} ms of processor"
            print(f"  decoding process: {processor}, highest memory {mib(usage.peak_bytes)}")


def _photo() -> bytes:
    """Something a camera could have taken: soft shapes with grain, not one flat colour."""
    draw = random.Random(7)
    small = Image.new("RGB", (80, 60))
    small.putdata([(draw.randrange(256), draw.randrange(256), draw.randrange(256)) for _ in range(80 * 60)])
    picture = small.resize(SIZE, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(SIZE, 18).convert("RGB")
    target = io.BytesIO()
    Image.blend(picture, grain, 0.25).save(target, "JPEG", quality=92)
    return target.getvalue()


def _draft(photo: Path) -> None:
    with Image.open(photo) as image:
        image.draft("RGB", (SIZE[0] // 8, SIZE[1] // 8))
        image.load()


def _stock(photo: Path, out: Path) -> None:
    with Image.open(photo) as image:
        whole = image.convert("RGB")
    for side in (2200, 320):
        small = whole.copy()
        small.thumbnail((side, side))
        small.save(out / f"stock-{side}.jpg", "JPEG", quality=85)


if __name__ == "__main__":
    main()
