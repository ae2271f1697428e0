"""Every reason for which a file is not taken: what was wrong, and what to do about it, in plain words."""

from __future__ import annotations

from verifications.documents.types import UploadRefused

_PHOTO = "Take a new photo, or export the picture as JPEG or PNG, and upload that."
_PRINT = "Print it to a new PDF (File, Print, Save as PDF), or upload a photo of each side, and try again."
_RECORD = "Record the video again, or export it as MP4, and upload that."

_MESSAGES = {
    # About the upload as such
    "empty": "The file is empty (0 bytes). Choose the file again; if it comes from a cloud folder, download it first.",
    "too_large": "The file has {size}; the limit is {limit}. Upload a smaller scan or a shorter video.",
    "dangerous_name": "The name ends in .{extension}, which computers run as a program. Rename the file and try again.",
    # About what the content is
    "not_accepted": "This is {found}{claim}. Here only {accepted} can be taken. " + _PHOTO,
    "svg": "This is an SVG drawing{claim}, which can carry scripts. " + _PHOTO,
    "html": "This is a web page (HTML){claim}, not a document. Save the page as PDF, or take a photo of the document.",
    "xml": "This is an XML file{claim}, not a picture of a document. " + _PHOTO,
    "script": "This is a program text (script){claim}, not a document. " + _PHOTO,
    "executable": "This is a program{claim}, not a document. Check where the file comes from. " + _PHOTO,
    "archive": "This is a packed archive (such as ZIP){claim}. Unpack it and upload the documents in it one by one.",
    "office": "This is an office document (such as Word){claim}. Save it as PDF and upload that.",
    "unsupported_image": "This is a picture of the kind {found}{claim}, which is not taken. " + _PHOTO,
    "unsupported_video": "This is a video of the kind {found}{claim}, which is not taken. " + _RECORD,
    "audio": "This is a sound recording{claim}; it has no picture. Record a video and upload that.",
    "text": "This is plain text{claim}, not a picture of a document. " + _PHOTO,
    "unknown_type": "The content is of no known kind{claim}; the file may be damaged. " + _PHOTO,
    "pdf_header": "The file holds a PDF behind other data, so programs may read it differently. " + _PRINT,
    "polyglot": "The file is two things at once: {found} that also carries {hidden}. " + _PHOTO,
    # About pictures
    "too_many_pixels": "The picture has {megapixels} megapixels; the limit is {limit}. Upload it at a smaller size.",
    "too_small": (
        "The picture has {width} × {height} pixels; a verification session takes no less than 640 × 480, upright. "
        "Take a new photo from nearer by, at full size."
    ),
    "animated": "The picture is animated; a document is a single picture. " + _PHOTO,
    "truncated": "The file ends too early: part of it is missing. Upload it again from its source.",
    "damaged": "The file is damaged and can't be opened. " + _PHOTO,
    "too_demanding": (
        "Opening the file takes more memory or time than the portal allows ({memory} MiB, {seconds} seconds). "
        "Upload it at a smaller size, or take a new photo."
    ),
    "unopenable": (
        "The file can't be opened: it is damaged, or opening it takes more than {memory} MiB of memory. "
        "Take a new photo, or upload it at a smaller size."
    ),
    # About PDFs
    "pdf_damaged": "The PDF is damaged and can't be opened. " + _PRINT,
    "pdf_truncated": "The PDF ends too early: part of it is missing. Upload it again from its source.",
    "pdf_javascript": "The PDF carries a program (JavaScript). " + _PRINT,
    "pdf_launch": "The PDF can start other programs or open other files. " + _PRINT,
    "pdf_form_actions": "The PDF is a form that sends or loads data, or builds its pages by itself. " + _PRINT,
    "pdf_embedded_file": "The PDF has other files, sound, video or 3D models inside. " + _PRINT,
    "pdf_encrypted": "The PDF is protected by a password or against changes. Remove the protection: " + _PRINT,
    "pdf_page_loop": "The pages of the PDF refer to each other in a circle. " + _PRINT,
    "pdf_no_pages": "The PDF has no pages. Upload the right file, or print it to PDF again.",
    "pdf_too_many_pages": "The PDF has more than {limit} pages. Upload only the pages that show the document.",
    "pdf_too_complex": "The PDF has more than {limit} parts and can't be checked. " + _PRINT,
    # About videos and data
    "video_truncated": "The video ends too early: part of it is missing. Upload it again from its source.",
    "video_damaged": "The video file is not put together as it should be. " + _RECORD,
    "video_no_picture": "The video has no picture track. " + _RECORD,
    "json_damaged": "The file is not valid JSON. Export the verifier's answer again and upload that.",
}


def refuse(code: str, **values: str) -> UploadRefused:
    """Return the refusal of this code, ready to raise; ``values`` fill its message."""
    return UploadRefused(code, _MESSAGES[code].format(**values))
