"""The application: what is connected once at start."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class VerificationsConfig(AppConfig):
    name = "verifications"
    verbose_name = "Compliance portal"

    def ready(self) -> None:
        from verifications import signing, vault  # noqa: PLC0415

        vault.check_master_keys()
        signing.check_signing_keys()
        from verifications import sign_in  # noqa: F401, PLC0415 - connects the sign-in events
        from verifications.services import direct_writes  # noqa: PLC0415
        from verifications.services.decision_reasons import ensure_reasons  # noqa: PLC0415
        from verifications.services.message_templates import ensure_templates  # noqa: PLC0415
        from verifications.services.policies import ensure_first_policy  # noqa: PLC0415
        from verifications.services.roles import ensure_roles  # noqa: PLC0415
        from verifications.services.sealed_values import ensure_installation_keys  # noqa: PLC0415

        connection_created.connect(direct_writes.guard_connection, dispatch_uid="verifications.direct_writes")
        pre_migrate.connect(direct_writes.begin_migrating, sender=self, dispatch_uid="verifications.begin_migrating")
        post_migrate.connect(ensure_installation_keys, sender=self, dispatch_uid="verifications.keys")
        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="verifications.roles")
        post_migrate.connect(ensure_first_policy, sender=self, dispatch_uid="verifications.policy")
        post_migrate.connect(ensure_reasons, sender=self, dispatch_uid="verifications.decision_reasons")
        post_migrate.connect(ensure_templates, sender=self, dispatch_uid="verifications.message_templates")
        post_migrate.connect(direct_writes.end_migrating, sender=self, dispatch_uid="verifications.end_migrating")
