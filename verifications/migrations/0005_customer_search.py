"""Search text of customers with its trigram index, and indexes for the ids a person may paste."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.utils import DatabaseError

from verifications import vault
from verifications.errors import SealedValueUnavailable
from verifications.search_text import search_text

TABLE = "verifications_customersearchtext"
TRIGRAMS = f"{TABLE}_trigrams"
BATCH = 1000
DOCUMENT_NUMBERS = ("document.number", "idInfo.idNumber")
NEEDS_EXTENSION = """PostgreSQL's extension pg_trgm is not there and this role may not create it. Nothing was changed.
Ask the administrator of the database server to run, in the database "{name}" as its owner or as a superuser:

    CREATE EXTENSION pg_trgm;

(it comes with PostgreSQL; on Debian in the package postgresql-contrib or postgresql), then run migrate again."""
# ruff: noqa: S608 - the names are the constants above
SQLITE_TRIGGERS = (
    f"CREATE TRIGGER {TABLE}_added AFTER INSERT ON {TABLE} BEGIN "
    f"INSERT INTO {TRIGRAMS}(rowid, text) VALUES (NEW.customer_id, NEW.text); END",
    f"CREATE TRIGGER {TABLE}_removed AFTER DELETE ON {TABLE} BEGIN "
    f"INSERT INTO {TRIGRAMS}({TRIGRAMS}, rowid, text) VALUES ('delete', OLD.customer_id, OLD.text); END",
    f"CREATE TRIGGER {TABLE}_changed AFTER UPDATE ON {TABLE} BEGIN "
    f"INSERT INTO {TRIGRAMS}({TRIGRAMS}, rowid, text) VALUES ('delete', OLD.customer_id, OLD.text); "
    f"INSERT INTO {TRIGRAMS}(rowid, text) VALUES (NEW.customer_id, NEW.text); END",
)


class ExtensionMissing(Exception):
    """What to ask the administrator for; shown by ``migrate``."""


def make_extension(_apps, schema_editor):
    """pg_trgm is a trusted extension from PostgreSQL 13 on: the owner of the database may create it."""
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone():
            return
        try:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as error:
            raise ExtensionMissing(NEEDS_EXTENSION.format(name=connection.settings_dict["NAME"])) from error


def make_index(_apps, schema_editor):
    """On SQLite without FTS5's trigrams there is no index: search reads the table (``selectors.search_names``)."""
    connection = schema_editor.connection
    if connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or the rows just written stand in the index's way
        # Without a list of pending entries a search costs the same before and after somebody vacuums.
        schema_editor.execute(
            f"CREATE INDEX {TRIGRAMS} ON {TABLE} USING gin (text gin_trgm_ops) WITH (fastupdate = off)"
        )
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE VIRTUAL TABLE {TRIGRAMS} USING "
                f"fts5(text, content='{TABLE}', content_rowid='customer_id', tokenize='trigram')"
            )
            cursor.execute(f"INSERT INTO {TRIGRAMS}({TRIGRAMS}) VALUES ('rebuild')")
            for statement in SQLITE_TRIGGERS:
                cursor.execute(statement)
    except DatabaseError as error:
        if not any(word in str(error) for word in ("no such module", "no such tokenizer", "vtable constructor")):
            raise


def drop_index(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP INDEX IF EXISTS {TRIGRAMS}")
        return
    for name in ("added", "removed", "changed"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")
    schema_editor.execute(f"DROP TABLE IF EXISTS {TRIGRAMS}")


def fill_texts(apps, schema_editor):
    """The text of every customer there is, in batches by id, so that memory does not grow with the table."""
    using = schema_editor.connection.alias
    customers = apps.get_model("verifications", "Customer").objects.using(using).order_by("id")
    texts = apps.get_model("verifications", "CustomerSearchText").objects.using(using)
    fields = ("id", "first_name", "middle_name", "last_name", "business_name", "reference")
    last = 0
    while rows := list(customers.filter(id__gt=last).values_list(*fields)[:BATCH]):
        texts.bulk_create(
            [
                texts.model(customer_id=pk, text=search_text(names=tuple(names), reference=reference))
                for pk, *names, reference in rows
            ]
        )
        last = rows[-1][0]


def fill_hashes(apps, schema_editor):
    """The keyed hash of document numbers that providers have read. A customer whose key is gone has none."""
    using = schema_editor.connection.alias
    values = apps.get_model("verifications", "ExtractedValue").objects.using(using)
    keys = apps.get_model("verifications", "DataKey").objects.using(using)
    search_key = keys.filter(purpose="SEARCH").values_list("wrapped", flat=True).first()
    numbers = values.filter(name__in=DOCUMENT_NUMBERS, value__isnull=False, value_hash="").order_by("id")
    last = 0
    while search_key and (rows := list(numbers.filter(id__gt=last)[:BATCH])):
        last = rows[-1].pk
        wrapped = dict(
            keys.filter(customer_id__in={row.customer_id for row in rows}).values_list("customer_id", "wrapped")
        )
        for row in rows:
            if row.customer_id not in wrapped:
                continue
            context = f"verifications_extractedvalue.value:{row.public_id}"
            try:
                number = vault.unseal(token=row.value.token, wrapped_key=wrapped[row.customer_id], context=context)
            except SealedValueUnavailable:
                continue
            row.value_hash = vault.keyed_hash(value=number.decode(), wrapped_key=search_key, purpose="document_number")
            row.save(update_fields=["value_hash"])


class Migration(migrations.Migration):
    dependencies = [("verifications", "0004_delivery_controls")]

    operations = [
        migrations.RunPython(make_extension, migrations.RunPython.noop),
        migrations.CreateModel(
            name="CustomerSearchText",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="verifications.customer",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(fill_texts, migrations.RunPython.noop),
        migrations.RunPython(make_index, drop_index),
        migrations.AddField(
            "extractedvalue",
            "value_hash",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(fill_hashes, migrations.RunPython.noop),
        migrations.AddIndex(
            "extractedvalue",
            models.Index(fields=["value_hash"], name="extracted_value_by_hash", condition=~Q(value_hash="")),
        ),
        migrations.AddIndex(
            "kyclink",
            models.Index(fields=["session_reference"], name="link_by_session", condition=~Q(session_reference="")),
        ),
        migrations.AddIndex(
            "kyclink", models.Index(fields=["url_hash"], name="link_by_address", condition=~Q(url_hash=""))
        ),
        migrations.AddIndex(
            "providercall", models.Index(fields=["trace_id"], name="provider_call_by_trace", condition=~Q(trace_id=""))
        ),
        migrations.AddIndex(
            "providernotification", models.Index(fields=["provider_reference"], name="notification_by_reference")
        ),
        migrations.AddIndex(
            "sessionimage", models.Index(fields=["provider_reference"], name="session_image_by_reference")
        ),
    ]
