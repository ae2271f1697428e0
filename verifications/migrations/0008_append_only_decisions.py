"""Decisions, notes, resolutions and policies refuse UPDATE, DELETE and TRUNCATE in the database itself, as the logs do."""

from django.db import migrations

TABLES = (
    "verifications_decision",
    "verifications_decisionreview",
    "verifications_differenceresolution",
    "verifications_casenote",
    "verifications_policyversion",
)
UNIQUE = {"verifications_policyversion": "number"}
"""What names a row beside its id, where that is not ``public_id``."""

POSTGRESQL_TABLE = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION verifications_refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION verifications_refuse_change();
"""
SQLITE_TABLE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    # INSERT OR REPLACE deletes without asking the delete trigger.
    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR {unique} = NEW.{unique}) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
SQLITE_NAMES = ("no_update", "no_delete", "no_replace")


def sqlite_statements(table):
    return [text.format(table=table, unique=UNIQUE.get(table, "public_id")) for text in SQLITE_TABLE]


def make_append_only(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(POSTGRESQL_TABLE.format(table=table), params=None)
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
            for name in SQLITE_NAMES:
                schema_editor.execute(f"DROP TRIGGER {table}_{name}")


class Migration(migrations.Migration):
    dependencies = [("verifications", "0007_fill_case_copies")]
    operations = [migrations.RunPython(make_append_only, allow_change)]
