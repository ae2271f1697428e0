"""What the style page shows in components that need data: invented, and nothing of it is stored."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.templatetags.static import static

SHA256 = "9f2c04d1b7e65a3308c2f1de77ab90c4415be2d9f3aa61c8e07d5b1f2c9841ab"
DOCUMENT: dict[str, Any] = {
    "public_id": "00000000-0000-4000-8000-000000000001",
    "display_name": "passport.jpg",
    "content_type": "image/jpeg",
    "size_label": "1.8 MB",
    "dimension_label": "2480 × 1754",
    "sha256": SHA256,
    "sha256_short": "9f2c…41ab",
    "thumbnail_url": "",
    "remove_url": "#slots",
    "notes": [],
}
SLOTS: list[dict[str, Any]] = [
    {
        "name": "front",
        "label": "Front",
        "help": "JPEG, PNG, HEIC, WebP or PDF. All four corners visible, no glare.",
        "required": True,
        "accept": "image/jpeg,image/png,image/webp,image/heic,application/pdf,.jpg,.png,.heic,.pdf",
        "problems": [],
        "document": None,
    },
    {"name": "back", "label": "Back", "help": "", "required": True, "accept": "", "problems": [], "document": DOCUMENT},
    {
        "name": "selfie",
        "label": "Selfie",
        "help": "",
        "required": False,
        "accept": "",
        "problems": ["The picture is 320 pixels wide; this provider wants 600 or more."],
        "document": {
            **DOCUMENT,
            "display_name": "a very long file name from a phone 2026-11-21 at 10.38.30 (edited) copy.heic",
            "content_type": "image/heic",
            "notes": ["Converted to JPEG for the provider; the original is kept."],
        },
    },
]


class SampleForm(forms.Form):
    """One field of every kind, with two errors on it."""

    reference = forms.CharField(label="Reference", max_length=40, help_text="Your own number of this customer; unique.")
    country = forms.ChoiceField(label="Country of issue", choices=[("", "Choose"), ("PL", "Poland"), ("SE", "Sweden")])
    number = forms.CharField(label="Document number", help_text="Stored encrypted, shown masked.")
    expires = forms.DateField(label="Expires", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    kind = forms.ChoiceField(
        label="Kind of document",
        choices=[("passport", "Passport"), ("id", "National identity card"), ("licence", "Driving licence")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    confirmed = forms.BooleanField(label="The customer was told how the data are used", required=False)


def samples(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001
    """Slots, viewer items and forms for ``style.html``."""
    form = SampleForm({"reference": "cust-88213", "country": "", "number": "", "kind": "passport", "confirmed": "on"})
    form.is_valid()
    pictures = [("Front", "img/specimen-passport.svg"), ("Selfie", "img/specimen-portrait.svg")]
    items = [
        {
            "id": f"style-{label}",
            "label": label,
            "page_label": "",
            "preview_url": static(path),
            "thumbnail_url": static(path),
            "meta": "1.8 MB · SHA-256 9f2c…41ab",
            "kind": "image",
            "download_url": static(path),
        }
        for label, path in pictures
    ]
    items.append({**items[0], "id": "style-video", "label": "Liveness video", "kind": "video", "thumbnail_url": ""})
    items.append(
        {
            **items[0],
            "id": "style-broken",
            "label": "Missing",
            "preview_url": static("img/none.svg"),
            "thumbnail_url": "",
        }
    )
    return {
        "sample_slots": SLOTS,
        "viewer_items": items,
        "sample_form": form,
        "upload_url": "",
        "max_bytes": 52_428_800,
    }
