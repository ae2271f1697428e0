"""Links from a list: read, shown row by row, made only then, and the results to keep."""

from __future__ import annotations

import csv
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from verifications.exporting.formulas import guarded
from verifications.forms.link_batches import LinkBatchForm
from verifications.selectors.link_batches import WantedRow, preview
from verifications.services.link_batches import BatchResult, request_links
from verifications.views.access import FORM_METHODS, actor_of, needs

KEPT = "link_batch"
"""Where the session keeps the last results: references of ours, words and ids, no personal data."""
COLUMNS = ("line", "reference", "result", "message", "verification")


@require_http_methods(FORM_METHODS)
@needs("add_kyclink")
def kyc_link_batch(request: HttpRequest) -> HttpResponse:
    """The first POST checks and shows what would happen, the second makes the links. Nothing typed is lost."""
    if request.method != "POST":
        return render(request, "verifications/kyc_link_batch.html", {"form": LinkBatchForm()})
    form = LinkBatchForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "verifications/kyc_link_batch.html", {"form": form}, status=422)
    account, country = form.cleaned_data["account"], form.cleaned_data["country"]
    if "create" in request.POST:
        results = request_links(
            account_id=account.pk, rows=form.rows, country=country, actor=actor_of(request), at=timezone.now()
        )
        request.session[KEPT] = {"account": account.name, "rows": [_kept(result) for result in results]}
        return redirect("verifications:kyc_link_batch_results")
    wanted = [WantedRow(row.number, row.reference, row.country, row.problem) for row in form.rows]
    rows = preview(account, wanted, country=country)
    context = {
        "form": LinkBatchForm(initial=form.cleaned_data | {"text": form.read_text(), "file": None}),
        "account": account,
        "rows": rows,
        "ready": sum(not row.problem for row in rows),
        "chosen": {"account": account.pk, "country": country, "text": form.read_text()},
    }
    return render(request, "verifications/kyc_link_batch.html", context)


@require_safe
@needs("add_kyclink")
def kyc_link_batch_results(request: HttpRequest) -> HttpResponse:
    """What became of the last list of this person; it stays until the next list or the sign-out."""
    kept = request.session.get(KEPT)
    if not kept:
        messages.info(request, _("There are no results of a list. Begin with one."))
        return redirect("verifications:kyc_link_batch")
    made = sum(row["ok"] for row in kept["rows"])
    context = {"account": kept["account"], "rows": kept["rows"], "made": made, "left": len(kept["rows"]) - made}
    return render(request, "verifications/kyc_link_batch_results.html", context)


@require_safe
@needs("add_kyclink")
def kyc_link_batch_csv(request: HttpRequest) -> HttpResponse:
    """The last results as a file; no cell begins like a formula."""
    kept = request.session.get(KEPT)
    if not kept:
        return redirect("verifications:kyc_link_batch")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="kyc-links.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for row in kept["rows"]:
        address = request.build_absolute_uri(row["url"]) if row["url"] else ""
        cells = (row["number"], row["reference"], _("made") if row["ok"] else _("not made"), row["message"], address)
        writer.writerow([guarded(cell) for cell in cells])
    return response


def _kept(result: BatchResult) -> dict[str, Any]:
    link = result.link
    url = reverse("verifications:verification_detail", args=[link.verification.public_id]) if link else ""
    return {
        "number": result.row.number,
        "reference": result.reference,
        "ok": result.ok,
        "message": result.message,
        "url": url,
    }
