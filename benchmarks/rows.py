"""A portal full of cases, written by SQL: as many customers, users, verifications and cases, all of them open."""

from __future__ import annotations

from django.db import connection

FIRST = ("Ada", "Bruno", "Chiara", "Davor", "Eszter", "Farid", "Greta", "Haruto", "Ines", "Jonas", "Kofi", "Lerato")
LAST = ("Anders", "Bianchi", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Horvat", "Ionescu", "Jansen", "Kim",
        "Lindqvist", "Marchetti", "Novak", "Okafor", "Petrov")  # fmt: skip
RARE = "Zwetschgenbaum"
"""The last name of one customer in fifty thousand."""
COUNTRIES = ("PL", "SE", "GB", "FR", "RO", "IT", "JP", "GR", "AE", "ZA", "NL", "AT")
STATES = ("NEEDS_DECISION", "NEEDS_DECISION", "WITH_PROVIDER", "WITH_PROVIDER", "WITH_PROVIDER", "PROVIDER_REFUSED",
          "OUTCOME_UNKNOWN", "SENDING")  # fmt: skip

_ACCOUNTS = """
INSERT INTO verifications_provideraccount
  (id, public_id, name, kind, environment, base_url, key_id, options, is_enabled, paused_reason, check_message,
   created_at, updated_at)
SELECT n, gen_random_uuid(), 'account ' || n, (ARRAY['KRAKEN_EMBED', 'PAYWARD_SERVICES'])[n], 'SANDBOX',
  'http://127.0.0.1:9', 'key-' || n, '{}', true, '', '', now(), now()
FROM generate_series(1, 2) n
"""
_CUSTOMERS = """
INSERT INTO verifications_customer
  (id, public_id, reference, kind, first_name, middle_name, last_name, business_name, search_name, country,
   nationalities, occupation, employer_name, country_of_birth, language, email, email_hash, phone, phone_hash,
   created_at, updated_at)
SELECT n, gen_random_uuid(), 'cust-' || n, 'INDIVIDUAL', first, '', last, '', lower(first || ' ' || last), country,
  '[]', 'education', '', '', '', 'YWJj.•••@example.org', md5('email' || n) || md5('e' || n), 'YWJj.•••• 00',
  md5('phone' || n) || md5('p' || n), now(), now()
FROM (
  SELECT n, (%(first)s::text[])[1 + n %% %(firsts)s] AS first,
    CASE WHEN n %% 50000 = 777 THEN %(rare)s
      ELSE (%(last)s::text[])[1 + (n / 7) %% %(lasts)s] || ' ' || n %% 9973 END AS last,
    (%(countries)s::text[])[1 + (n / 3) %% %(number_of_countries)s] AS country
  FROM generate_series(%(start)s::bigint, %(end)s) n
) people
"""
_SEARCH_TEXTS = """
INSERT INTO verifications_customersearchtext (customer_id, text)
SELECT id, '  ' || lower(first_name) || '  ' || replace(lower(last_name), ' ', '  ') || '  cust  ' || id || ' '
FROM verifications_customer WHERE id BETWEEN %(start)s AND %(end)s
"""
_USERS = """
INSERT INTO verifications_provideruser
  (id, public_id, origin, status, provider_reference, external_reference, state, state_reasons, required_actions,
   problem, created_at, account_id, customer_id)
SELECT n, gen_random_uuid(), 'CREATED', 'LINKED', 'AA00BENCH' || n, '', 'ok', '[]', '[]', '', now(), 1 + n %% 2, n
FROM generate_series(%(start)s::bigint, %(end)s) n
"""
_CASES = """
INSERT INTO verifications_case (id, public_id, state, risk, opened_at, due_at, updated_at, owner_id, provider, country,
  customer_id)
SELECT n, gen_random_uuid(), (%(states)s::text[])[1 + n %% %(number_of_states)s], 'STANDARD', now(),
  now() + ((n * 7919) %% 1000003) * interval '1 second' - interval '2 days',
  now(), CASE WHEN n %% 40 = 0 THEN %(owner)s END, account.kind, customer.country, n
FROM generate_series(%(start)s::bigint, %(end)s) n
  JOIN verifications_customer customer ON customer.id = n
  JOIN verifications_provideraccount account ON account.id = 1 + n %% 2
"""
_VERIFICATIONS = """
INSERT INTO verifications_verification
  (id, public_id, method, type, status, attention, verifier, external_verification_id, first_name, middle_name,
   last_name, document_type, document_number_hash, issuing_country, nationality, selfie_type, tax_id_type,
   provider_reference, answer, answer_reasons, answer_explanation, created_by, created_at, updated_at, submitted_at,
   submitted_by, accepted_at, account_id, case_id, customer_id, provider_user_id)
SELECT n, gen_random_uuid(), 'DOCUMENT_URLS', 'identity_document', 'ACCEPTED', '', 'example-idv', 'ext-' || n, '', '',
  '', 'passport', md5('number' || n) || md5('n' || n), 'PL', '', '', '', 'ver_' || n, 'IN_REVIEW', '[]', '', 'user:1',
  now(), now(), now(), 'user:1', now(), 1 + n %% 2, n, n, n
FROM generate_series(%(start)s::bigint, %(end)s) n
"""
_LINK = """
UPDATE verifications_case SET latest_verification_id = id WHERE id BETWEEN %(start)s AND %(end)s
"""


def make_owner() -> int:
    """An administrator who may see everything the benchmarks ask for, the admin's pages too; gives the user's id."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415 - after django.setup()

    user = get_user_model().objects.create_superuser("bench", "bench@example.org", "bench-" + "x" * 20)
    _give_columns_their_defaults()
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS)
    return int(user.pk)


def _give_columns_their_defaults() -> None:
    """What the rows below do not name, the database fills in as the model would: a new column breaks no benchmark."""
    from verifications.models import Case, Customer, ProviderAccount, ProviderUser, Verification  # noqa: PLC0415

    with connection.cursor() as cursor:
        for model in (ProviderAccount, Customer, ProviderUser, Case, Verification):
            for field in model._meta.concrete_fields:
                value = field.get_db_prep_save(field.get_default(), connection)
                if not field.null and not field.primary_key and value is not None:
                    table, column = connection.ops.quote_name(model._meta.db_table), field.column
                    cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{column}" SET DEFAULT %s', [value])


def fill(*, start: int, end: int, owner: int) -> None:
    """Write the rows from ``start`` to ``end``, both included, then have PostgreSQL look at its tables."""
    values = {
        "start": start,
        "end": end,
        "owner": owner,
        "first": list(FIRST),
        "firsts": len(FIRST),
        "last": list(LAST),
        "lasts": len(LAST),
        "rare": RARE,
        "countries": list(COUNTRIES),
        "number_of_countries": len(COUNTRIES),
        "states": list(STATES),
        "number_of_states": len(STATES),
    }
    with connection.cursor() as cursor:
        for statement in (_CUSTOMERS, _USERS, _CASES, _VERIFICATIONS, _LINK):
            cursor.execute(statement, values)
        # Written before its trigram index: the other way round a million rows take many minutes.
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'verifications_customersearchtext_trigrams'")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX verifications_customersearchtext_trigrams")
        cursor.execute(_SEARCH_TEXTS, values)
        cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE")
