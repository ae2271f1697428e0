"""Videos in the decoding process: complete and with a picture track. No frame is decoded, no picture is made."""

from __future__ import annotations

from verifications.documents.active_content import find_in_trailer
from verifications.documents.iso_media import check_video
from verifications.documents.jobs import Facts, Job
from verifications.documents.refusals import refuse
from verifications.documents.signatures import WEBM
from verifications.documents.webm import check_webm


def look_at_video(job: Job) -> Facts:
    """Check the structure of one video; raises ``UploadRefused``."""
    size = job.path.stat().st_size
    with job.path.open("rb") as stream:
        if job.content_type == WEBM.content_type:
            end, width, height = check_webm(stream, size)
        else:
            frame = check_video(stream, size)
            end, width, height = frame.end, frame.width, frame.height
        if end < size and (hidden := find_in_trailer(stream, end, size)):
            raise refuse("polyglot", found="a video", hidden=hidden)
    return Facts(width=width, height=height)
