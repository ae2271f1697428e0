"""Both logs refuse UPDATE, DELETE and TRUNCATE in the database itself, whoever asks."""

from django.db import migrations

TABLES = ("verifications_auditevent", "verifications_accessevent")

POSTGRESQL = """
CREATE OR REPLACE FUNCTION verifications_refuse_change() RETURNS trigger AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$ LANGUAGE plpgsql;
"""
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
    "WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR event_id = NEW.event_id) "
    "BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
SQLITE_NAMES = ("no_update", "no_delete", "no_replace")


def make_append_only(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL, params=None)
        for table in TABLES:
            schema_editor.execute(POSTGRESQL_TABLE.format(table=table), params=None)
    else:
        for table in TABLES:
            for statement in SQLITE_TABLE:
                schema_editor.execute(statement.format(table=table))


def allow_change(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}; DROP TRIGGER {table}_no_truncate ON {table};")
        schema_editor.execute("DROP FUNCTION verifications_refuse_change()")
    else:
        for table in TABLES:
            for name in SQLITE_NAMES:
                schema_editor.execute(f"DROP TRIGGER {table}_{name}")


class Migration(migrations.Migration):
    dependencies = [("verifications", "0001_first_tables")]
    operations = [migrations.RunPython(make_append_only, allow_change)]
