"""Events get salt and commitment; seals, checks, samples, questions and answers refuse UPDATE, DELETE, TRUNCATE."""

import hashlib
import json
import secrets
from importlib import import_module

from django.db import migrations

logs = import_module("verifications.migrations.0002_append_only_logs")
desk = import_module("verifications.migrations.0008_append_only_decisions")

QUESTIONS = "verifications_auditquestion"
ASKED = "public_id, case_id, text, asked_by_id, asked_at"
"""Of a question all but its state; nor is one deleted."""
TABLES = (
    "verifications_logseal",
    "verifications_loganchor",
    "verifications_logcheck",
    "verifications_auditsample",
    "verifications_auditanswer",
    QUESTIONS,
)
TEXTS = {"AuditEvent": ("actor_name", "reason", "salt", "source"), "AccessEvent": ("actor_name", "salt", "source")}
AT_ONCE = 1000
UNIQUE = {"verifications_logseal": "id", "verifications_loganchor": "id", "verifications_logcheck": "id"}
"""What names a row, where that is not ``public_id``."""


def postgresql_statements(table):
    text = desk.POSTGRESQL_TABLE.format(table=table)
    return text.replace("BEFORE UPDATE OR", f"BEFORE UPDATE OF {ASKED} OR") if table == QUESTIONS else text


def sqlite_statements(table):
    if table == QUESTIONS:
        update = desk.SQLITE_TABLE[0].replace("BEFORE UPDATE ON", f"BEFORE UPDATE OF {ASKED} ON")
        return [text.format(table=table, unique="public_id") for text in (update, *desk.SQLITE_TABLE[1:])]
    return [text.format(table=table, unique=UNIQUE.get(table, "public_id")) for text in desk.SQLITE_TABLE]


def commit_to_texts(apps, schema_editor):
    """What was written before there were commitments gets one; every other column stays as it is."""
    alias = schema_editor.connection.alias
    for name, texts in TEXTS.items():
        model = apps.get_model("verifications", name)
        last = 0
        while rows := list(model.objects.using(alias).filter(pk__gt=last, commitment="").order_by("pk")[:AT_ONCE]):
            for row in rows:
                row.salt = secrets.token_hex(16)
                plain = json.dumps({text: getattr(row, text) for text in texts}, sort_keys=True, separators=(",", ":"))
                row.commitment = hashlib.sha256(plain.encode("ascii")).hexdigest()
            model.objects.using(alias).bulk_update(rows, ["salt", "commitment"])
            last = rows[-1].pk


def refuse_changes_of_logs(schema_editor, *, refuse):
    """On SQLite the new columns made each table anew, which left its triggers behind."""
    for table in logs.TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE {table} {'ENABLE' if refuse else 'DISABLE'} TRIGGER USER")
            continue
        for name, statement in zip(logs.SQLITE_NAMES, logs.SQLITE_TABLE, strict=True):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}")
            if refuse:
                schema_editor.execute(statement.format(table=table))


def make_append_only(apps, schema_editor):
    refuse_changes_of_logs(schema_editor, refuse=False)
    commit_to_texts(apps, schema_editor)
    refuse_changes_of_logs(schema_editor, refuse=True)
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(postgresql_statements(table), params=None)
        else:
            for statement in sqlite_statements(table):
                schema_editor.execute(statement)


def allow_change(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
                params=None,
            )
        else:
            for name in desk.SQLITE_NAMES:
                schema_editor.execute(f"DROP TRIGGER {table}_{name}")


class Migration(migrations.Migration):
    dependencies = [("verifications", "0009_records_that_hold")]
    operations = [migrations.RunPython(make_append_only, allow_change)]
