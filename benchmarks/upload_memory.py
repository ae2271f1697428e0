"""A large video from a browser's request to the provider, and what it costs web and worker in memory.

Starts the portal as ``make run`` does, signs in as the sample administrator, uploads a video as a selfie, submits it by
multipart to the stand-in and reads the kernel's high-water mark of each process. Linux only.

``python -m benchmarks.upload_memory --mebibytes 100``
"""

from __future__ import annotations

import argparse
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.report import headline, mib
from tests.running_portal import RunningPortal, running_portal
from verifications.documents.specimen_video import video_of_size

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHOICE = re.compile(r'name="choice" value="([0-9a-f-]{36}:DOCUMENTS)"')
CUSTOMER = re.compile(r'href="(/customers/[0-9a-f-]{36}/)"[^>]*>(?:(?!</a>).)*Lerato', re.DOTALL)
STATUS = re.compile(r'class="status status--large[^"]*">([^<]+)<')
ON_ITS_WAY = {"Draft", "Waiting to be sent", "Sending"}
PROCESSES = {
    "web": "compliance_portal.wsgi",
    "worker": "celery -A compliance_portal worker",
    "stand-in": "verifications.sandbox",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=100)
    chosen = parser.parse_args()
    headline(
        "Memory of a large upload and its submission",
        f"an MP4 of {chosen.mebibytes} MiB; SQLite, disk, embedded broker",
    )
    with tempfile.TemporaryDirectory() as name:
        video = Path(name) / "selfie.mp4"
        video_of_size(video, chosen.mebibytes * 1024 * 1024)
        small = Path(name) / "small.mp4"
        video_of_size(small, 64 * 1024)
        with running_portal(Path(name) / "var") as portal:
            session = _sign_in(portal)
            _submit(session, portal, small)  # so that every module is loaded before the first figure is taken
            time.sleep(2)
            began = time.monotonic()
            address = _draft(session, portal)
            with _watched(portal, "upload"):
                _upload(session, portal, address, video)
            uploaded = time.monotonic()
            with _watched(portal, "submission"):
                state = _send(session, portal, address)
            print(
                f"  upload {uploaded - began:.1f} s, submission {time.monotonic() - uploaded:.1f} s, ends as: {state}"
            )


def _sign_in(portal: RunningPortal) -> requests.Session:
    session = requests.Session()
    session.headers["Referer"] = portal.url
    page = session.get(f"{portal.url}/account/login/", timeout=30).text
    answer = session.post(
        f"{portal.url}/account/login/",
        data={"login": "tomas", "password": portal.passwords["tomas"], "csrfmiddlewaretoken": _token(page)},
        timeout=30,
    )
    answer.raise_for_status()
    return session


def _submit(session: requests.Session, portal: RunningPortal, video: Path) -> None:
    address = _draft(session, portal)
    _upload(session, portal, address, video)
    _send(session, portal, address)


def _draft(session: requests.Session, portal: RunningPortal) -> str:
    """A new selfie draft of the sample customer who has a user at Kraken Embed; gives the draft's address."""
    listed = session.get(f"{portal.url}/customers/", timeout=30).text
    customer = _found(CUSTOMER, listed)
    start = f"{portal.url}{customer}verifications/new/"
    page = session.get(start, timeout=30).text
    answer = session.post(
        start,
        data={"choice": _found(CHOICE, page), "type": "selfie", "csrfmiddlewaretoken": _token(page)},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.url.removesuffix("edit/")


def _upload(session: requests.Session, portal: RunningPortal, address: str, video: Path) -> None:
    page = session.get(f"{address}edit/", timeout=30).text
    with video.open("rb") as stream:
        answer = session.post(
            f"{address}documents/",
            data={"slot": "selfie", "csrfmiddlewaretoken": _token(page)},
            files={"file": ("selfie.mp4", stream, "video/mp4")},
            headers={"Accept": "application/json"},
            timeout=600,
        )
    if answer.status_code != 201:
        raise RuntimeError(f"the upload was answered with {answer.status_code} {answer.text[:300]} by {portal.url}")


def _send(session: requests.Session, portal: RunningPortal, address: str) -> str:
    """Fill the form in, submit, wait until the verification moved on; gives the words it shows then."""
    page = session.get(f"{address}edit/", timeout=30).text
    values = {"verifier": "example-idv", "verified_at": "2026-01-15T09:30", "selfie_type": "selfie_capture_video"}
    answer = session.post(
        f"{address}edit/", data=values | {"submit": "1", "csrfmiddlewaretoken": _token(page)}, timeout=60
    )
    answer.raise_for_status()
    end = time.monotonic() + 300
    while time.monotonic() < end:
        live = session.get(address, headers={"HX-Request": "true"}, timeout=30).text
        status = _found(STATUS, live)
        if status not in ON_ITS_WAY:
            return status
        time.sleep(0.2)
    raise RuntimeError(f"nothing became of the submission at {portal.url} within five minutes")


@contextmanager
def _watched(portal: RunningPortal, what: str) -> Iterator[None]:
    """Print resident memory before, the high-water mark during and resident memory after, of each process."""
    watched = _process_ids(portal)
    before = {name: _status(pid, "VmRSS") for name, pid in watched.items()}
    for pid in watched.values():
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # the high-water mark starts anew
    known = set(watched.values())
    done = threading.Event()
    decoders: dict[int, int] = {}

    def sample() -> None:
        while not done.wait(0.02):
            for pid, command in _family(portal.process_id):
                if "verifications.documents.decoder" in command and pid not in known:
                    decoders[pid] = max(decoders.get(pid, 0), _status(pid, "VmHWM"))

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield
    finally:
        done.set()
        sampler.join()
    for name, pid in watched.items():
        peak, after = _status(pid, "VmHWM"), _status(pid, "VmRSS")
        print(
            f"  {what:<11} {name:<9} before {mib(before[name]):>10}   highest {mib(peak):>10}   after {mib(after):>10}"
            f"   grew at most {mib(peak - before[name]):>9}",
            flush=True,
        )
    if decoders:
        print(f"  {what:<11} decoder   {len(decoders)} process(es), highest seen {mib(max(decoders.values()))}")


def _process_ids(portal: RunningPortal) -> dict[str, int]:
    """The process of each kind that does the work: of gunicorn the child, of the others the only one."""
    found: dict[str, int] = {}
    for pid, command in sorted(_family(portal.process_id)):
        for name, mark in PROCESSES.items():
            if mark in command:
                found[name] = pid
    if set(found) != set(PROCESSES):
        raise RuntimeError(f"found only {sorted(found)}")
    return found


def _family(root: int) -> list[tuple[int, str]]:
    """Process id and command line of every descendant."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    return [(pid, _command(pid)) for pid in parents if _descends(pid, root, parents)]


def _descends(pid: int, root: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
        if pid == root:
            return True
    return False


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _status(pid: int, name: str) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _token(page: str) -> str:
    return _found(TOKEN, page)


def _found(pattern: re.Pattern[str], page: str) -> str:
    found = pattern.search(page)
    if found is None:
        raise RuntimeError(f"the page does not hold {pattern.pattern}")
    return found[1]


if __name__ == "__main__":
    main()
