"""Work that a run of the tests needs to do once only: what repeats it, test by test, proves nothing new.

``tests/documents`` decodes every file in a process of its own; elsewhere a file that such a process has already looked
at, with the same wishes and the same limits, is answered from memory.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest
from django.test import client
from whitenoise.middleware import WhiteNoiseMiddleware

from verifications.documents import previews
from verifications.documents.decoding import decode
from verifications.documents.jobs import Facts, Job

Known = dict[tuple[Any, ...], tuple[Facts, dict[str, bytes]]]


@contextmanager
def work_done_once() -> Iterator[None]:
    """For the whole run: pictures are decoded once, static files are listed once, contexts copied once a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(previews, "decode", _remembering_decoder())
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", _listing_once())
        patch.setattr(client, "store_rendered_templates", _context_of_each_page())
        _collect_less()
        yield


def _remembering_decoder() -> Any:
    known: Known = {}

    @wraps(decode)
    def decode_once(job: Job) -> Facts:
        key = (hashlib.sha256(job.path.read_bytes()).digest(), job.content_type, job.kinds, job.limits)
        if key not in known:
            facts = decode(job)
            known[key] = (facts, {each.name: (job.out_dir / each.name).read_bytes() for each in facts.pictures})
            return facts
        facts, pictures = known[key]
        facts = Facts.from_dict(facts.to_dict())
        for name, content in pictures.items():
            (job.out_dir / name).write_bytes(content)
        return facts

    return decode_once


def _listing_once() -> Any:
    """Each client of a test starts the middleware anew, which walks through every static file of the portal."""
    list_files = WhiteNoiseMiddleware.add_files_from_finders
    found: dict[str, Any] = {}

    @wraps(list_files)
    def list_once(self: WhiteNoiseMiddleware) -> None:
        if not found:
            list_files(self)
            found.update(self.files)
        self.files.update(found)

    return list_once


def _context_of_each_page() -> Any:
    """``response.context`` keeps a copy for each page or form field, not again for every piece that a page includes."""
    store_rendered = client.store_rendered_templates

    @wraps(store_rendered)
    def store_once(store: dict[str, Any], signal: Any, sender: Any, template: Any, context: Any, **more: Any) -> None:
        whole = context.template or template
        seen = store.setdefault("seen", [])
        if not any(whole is other for other in seen):
            seen.append(whole)
            store_rendered(store, signal, sender, template, context, **more)

    return store_once


def _collect_less() -> None:
    """The collector need not look again and again at the modules and tests, which stay to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
