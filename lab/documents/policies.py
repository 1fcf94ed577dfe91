"""The IAM policies of a verb as JSON, and the table of verbs in docs/permissions.md, from permissions.py.

What CloudFormation itself must be allowed to do comes from AWS's resource schemas, as cfn-lint has them.
"""

from collections.abc import Iterable
from typing import Any

from lab.documents.permissions import GROUPS, VERBS, Group
from lab.documents.resource_types import AWS_TYPES, LAB_TYPES, SERVING_TYPES, WATCHING_TYPES

REGION = "us-east-1"  # the region of the schemas; handlers need the same permissions in all
HANDLERS = ("create", "read", "update", "delete")
CLOUDFORMATION = "cloudformation"  # asked for like a verb: the policies of the CDK's execution role
VERSION = "2012-10-17"

# Beside the resources: the CDK's template reads the version of the bootstrap from a parameter.
OF_THE_TEMPLATE = ("ssm:GetParameters",)


def of_verb(profile: str, verb: str) -> dict[str, dict[str, Any]]:
    """The policies that a verb needs by their names, each small enough for a managed policy; none for most verbs.

    Args:
        profile: ``aws`` or ``academy``
        verb: a verb of deploy.sh, or ``cloudformation``
    """
    if verb == CLOUDFORMATION:
        return _of_types((*LAB_TYPES, *AWS_TYPES))
    found = {}
    for name in VERBS[profile].get(verb, ()):
        group = GROUPS[profile][name]
        found[name] = of_group(group)
        found |= {f"{name}-{part}": it for part, it in _of_types(group.types).items()}
    return found


def of_group(group: Group) -> dict[str, Any]:
    """A group's policy, without what CloudFormation does with the caller's credentials."""
    statements = [
        {
            "Effect": "Allow",
            "Action": sorted(it.actions),
            "Resource": sorted(it.resources),
            **({"Condition": it.condition} if it.condition else {}),
        }
        for it in group.statements
    ]
    return {"Version": VERSION, "Statement": statements}


def _of_types(types: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What CloudFormation does with resources of these types; in parts, because a policy's length is limited."""
    parts = {
        "serving": [it for it in types if it in SERVING_TYPES],
        "watching": [it for it in types if it in WATCHING_TYPES],
        "roles": [it for it in types if it not in LAB_TYPES],
    }
    found = {}
    for part, its in parts.items():
        if its:
            actions = sorted({*_actions_of(its), *OF_THE_TEMPLATE})
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            found[part] = {"Version": VERSION, "Statement": [statement]}
    return found


def _actions_of(types: Iterable[str]) -> set[str]:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # noqa: PLC0415 - takes a second

    found = set()
    for kind in types:
        (schema,) = PROVIDER_SCHEMA_MANAGER.get_resource_schemas_by_regions(kind, [REGION])
        handlers = schema[1].schema["handlers"]
        for handler in HANDLERS:
            found |= set(handlers.get(handler, {}).get("permissions", ()))
    return found


def table(profile: str) -> str:
    """Which groups each verb needs, as Markdown; and below it what each group is for."""
    groups = GROUPS[profile]
    rows = [f"| verb | {' | '.join(f'`{it}`' for it in groups)} |"]
    rows.append("|---|" + ":-:|" * len(groups))
    for verb, needed in VERBS[profile].items():
        marks = ["x" if it in needed else "" for it in groups]
        rows.append(f"| `{verb}` | {' | '.join(marks)} |")
    rows += ["", "| group | what it is for |", "|---|---|"]
    rows += [f"| `{name}` | {group.why} |" for name, group in groups.items()]
    return "\n".join(rows) + "\n"
