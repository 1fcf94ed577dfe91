"""Secrets Manager: a secret of a stack, whose value is generated."""

import json
from typing import Any

from moto.core.common_models import CloudFormationModel
from moto.secretsmanager.models import secretsmanager_backends

_FLAGS = {
    "ExcludeNumbers": "exclude_numbers",
    "ExcludePunctuation": "exclude_punctuation",
    "ExcludeUppercase": "exclude_uppercase",
    "ExcludeLowercase": "exclude_lowercase",
    "IncludeSpace": "include_space",
}


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    secret()


def secret() -> None:
    """moto's CloudFormation has no AWS::SecretsManager::Secret: defining the class below adds it."""


class Secret(CloudFormationModel):
    """``AWS::SecretsManager::Secret``. An update keeps its value."""

    def __init__(self, arn: str) -> None:
        self.arn = arn

    @property
    def physical_resource_id(self) -> str:
        """The ARN, as on AWS."""
        return self.arn

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "Name"

    @staticmethod
    def cloudformation_type() -> str:
        """The type in templates."""
        return "AWS::SecretsManager::Secret"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Which attributes templates may ask for."""
        return attr == "Id"

    def get_cfn_attribute(self, attribute_name: str) -> str:  # noqa: ARG002 - there is one
        """The ARN."""
        return self.arn

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "Secret":
        """Creates it, with the value that the template says or has generated."""
        properties = cloudformation_json["Properties"]
        backend = secretsmanager_backends[account_id][region_name]
        described = backend.create_secret(
            name=resource_name,
            secret_string=_value(backend, properties),
            secret_binary=None,
            description=properties.get("Description"),
            tags=properties.get("Tags", []),
            kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )
        return cls(json.loads(described)["ARN"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "Secret",
        new_resource_name: str,  # noqa: ARG003
        cloudformation_json: dict[str, Any],  # noqa: ARG003
        account_id: str,  # noqa: ARG003
        region_name: str,  # noqa: ARG003
    ) -> "Secret":
        """Keeps it as it is."""
        return original_resource

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes it at once: nothing would recover it."""
        secretsmanager_backends[account_id][region_name].delete_secret(
            self.arn, recovery_window_in_days=None, force_delete_without_recovery=True
        )


def _value(backend: Any, properties: dict[str, Any]) -> str:
    if "GenerateSecretString" not in properties:
        return properties.get("SecretString", "")
    wanted = properties["GenerateSecretString"]
    password = json.loads(
        backend.get_random_password(
            password_length=int(wanted.get("PasswordLength", 32)),
            exclude_characters=wanted.get("ExcludeCharacters", ""),
            require_each_included_type=_yes(wanted.get("RequireEachIncludedType", True)),
            **{name: _yes(wanted.get(key)) for key, name in _FLAGS.items()},
        )
    )["RandomPassword"]
    if "GenerateStringKey" not in wanted:
        return password
    template = json.loads(wanted.get("SecretStringTemplate", "{}"))
    return json.dumps(template | {wanted["GenerateStringKey"]: password})


def _yes(value: Any) -> bool:
    return str(value).lower() == "true"
