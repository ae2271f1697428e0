"""Cases take copies of what their rows in the queue show: the customer's kind, the check's method and answer;
checks of an identity document say when it ends."""

from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def fill(apps, schema_editor):
    case_model = apps.get_model("verifications", "Case")
    customers = apps.get_model("verifications", "Customer").objects.filter(pk=OuterRef("customer_id"))
    checks = apps.get_model("verifications", "Verification").objects.filter(pk=OuterRef("latest_verification_id"))
    case_model.objects.update(customer_kind=Subquery(customers.values("kind")[:1]))
    case_model.objects.filter(latest_verification__isnull=False).update(
        method=Subquery(checks.values("method")[:1]), answer=Subquery(checks.values("answer")[:1])
    )
    entered = apps.get_model("verifications", "Verification").objects.filter(type="identity_document")
    entered.filter(expiration_date__isnull=False).update(document_ends_date=F("expiration_date"))


class Migration(migrations.Migration):
    dependencies = [("verifications", "0006_review_desk")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
