"""docs/permissions.md: what each verb must be allowed to do, made of permissions.py and of AWS's own schemas.

python -m lab.documents.permissions_document        writes it anew
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from lab.documents.permissions import GROUPS, INSTANCES, NOT_EXERCISED, VERBS, Group
from lab.documents.resource_types import AWS_TYPES, SERVING_TYPES, WATCHING_TYPES
from lab.profile import ROOT

FILE = ROOT / "docs" / "permissions.md"
REGION = "us-east-1"
HANDLERS = ("create", "read", "update", "delete")

HEAD = """\
# What each verb must be allowed to do

For whoever writes the policy of a person who runs `./deploy.sh`. `lab/documents/permissions.py` has all of this as
a table; `python -m lab.documents.permissions_document` makes this page of it. The tests compare the table with every
call that the CDK CLI and the lab made while the verbs ran against the emulator, and with the template. The emulator
checks no permission: that the *resources* suffice is not proved.

A verb needs groups of permissions; a group is an IAM policy as it stands here, with ACCOUNT and REGION to fill in.
`sts:GetCallerIdentity` is called by every verb and always allowed; `package`, `report` and `help` need no more. The
profile `local` needs none of this.
"""

AWS_TEXT = """\

The CDK CLI deploys through roles that its own stack (`LeadlineToolkit`, qualifier `leadline`) has for it. Whoever may
assume `cdk-leadline-deploy-role` can have CloudFormation create anything, because `cdk bootstrap` gives
CloudFormation's role `AdministratorAccess`. It can no more than this lab needs where the stack was made by hand before
the first `up`, with the first three policies of *What CloudFormation does*, below:

```bash
npx cdk bootstrap --toolkit-stack-name LeadlineToolkit --qualifier leadline \\
  --cloudformation-execution-policies ARN,ARN,ARN
```

`prepare` and `unprepare` are needed once each, by the first `up` and by `destroy`. `prepare` also looks the image and
the zones up with the caller's credentials, because the role that does it later is not there yet.
"""

ACADEMY_TEXT = """\

No role can be made in a Learner Lab, so there is none to deploy with: everything is done with the caller's own
credentials, what CloudFormation does included. The lab gives its users all of it; the list is for an account that is
set up in the same way.
"""

INSTANCES_TEXT = """\

## What the instances may do

In profile `aws` the template makes a role for the targets and one for the balancer. Both also have the managed policy
`AmazonSSMManagedInstanceCore`, for Session Manager instead of SSH, and nothing else. With the policy `cloudwatch` the
balancer may also call `cloudwatch:GetMetricData`, because it routes by what that answers. In `academy` all instances
have `LabRole`, which is the Learner Lab's and may do more.

| instance | action | why |
|---|---|---|
"""

CLOUDFORMATION_TEXT = """\

## What CloudFormation does

By AWS's resource schemas (as cfn-lint has them): what it takes to create, read, update and delete the types of
resources that the stacks have. In profile `aws` CloudFormation's execution role does the first three, in `academy` the
caller's credentials do the first two.
"""

# Beside the resources: the CDK's template reads the version of the bootstrap from a parameter.
OF_THE_TEMPLATE = ("ssm:GetParameters",)


def actions_of_types(types: Iterable[str]) -> list[str]:
    """What CloudFormation must be allowed to do for resources of these types."""
    found = set()
    for kind in types:
        (schema,) = PROVIDER_SCHEMA_MANAGER.get_resource_schemas_by_regions(kind, [REGION])
        handlers = schema[1].schema["handlers"]
        for handler in HANDLERS:
            found |= set(handlers.get(handler, {}).get("permissions", ()))
    return sorted(found)


def policy(group: Group) -> dict[str, Any]:
    """A group as IAM has policies; without what CloudFormation does."""
    statements = [
        {
            "Effect": "Allow",
            "Action": sorted(it.actions),
            "Resource": sorted(it.resources),
            **({"Condition": it.condition} if it.condition else {}),
        }
        for it in group.statements
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def text() -> str:
    """The whole page."""
    page = HEAD
    for profile, more in (("aws", AWS_TEXT), ("academy", ACADEMY_TEXT)):
        page += f"\n## Profile `{profile}`\n{more}{_verbs(profile)}"
        page += "".join(_group(name, group) for name, group in GROUPS[profile].items())
    return page + _instances() + _cloudformation() + _not_exercised()


def _verbs(profile: str) -> str:
    rows = [f"\n| verb | {' | '.join(f'`{it}`' for it in GROUPS[profile])} |"]
    rows.append("|---|" + ":-:|" * len(GROUPS[profile]))
    for verb, needed in VERBS[profile].items():
        marks = ["x" if it in needed else "" for it in GROUPS[profile]]
        rows.append(f"| `{verb}` | {' | '.join(marks)} |")
    return "\n".join(rows) + "\n"


def _group(name: str, group: Group) -> str:
    own = ""
    if group.types:
        own = "\nAnd what CloudFormation does with the caller's credentials: *What CloudFormation does*, below.\n"
    return f"\n### `{name}`: {group.why}\n\n```json\n{_json(policy(group))}\n```\n{own}"


def _json(policy_: dict[str, Any]) -> str:
    return json.dumps(policy_, indent=2)


def _instances() -> str:
    rows = [
        f"| {instance} | `{action}` | {why} |"
        for instance, actions in INSTANCES.items()
        for action, why in actions.items()
    ]
    return INSTANCES_TEXT + "\n".join(rows) + "\n"


def _cloudformation() -> str:
    toolkit = GROUPS["aws"]["prepare"].types
    page = CLOUDFORMATION_TEXT
    parts = (
        ("The lab: network, instances, load balancer", SERVING_TYPES, ()),
        ("Its logs, dashboard and alarms", WATCHING_TYPES, ()),
        ("Its roles and its budget, in profile `aws`", AWS_TYPES, OF_THE_TEMPLATE),
        ("`prepare` and `unprepare`: the CDK's stack, with the caller's credentials", toolkit, ()),
    )
    for title, types, more in parts:
        page += f"\n**{title}** ({', '.join(f'`{it}`' for it in types)}):\n\n```json\n"
        statement = {
            "Effect": "Allow",
            "Action": sorted({*actions_of_types(types), *more}),
            "Resource": "*",
        }
        page += _json({"Version": "2012-10-17", "Statement": [statement]}) + "\n```\n"
    return page


def _not_exercised() -> str:
    page = "\n## What no test sees called\n\n| profile | action | why it is asked for |\n|---|---|---|\n"
    rows = [
        f"| `{profile}` | `{action}` | {why} |"
        for profile, actions in NOT_EXERCISED.items()
        for action, why in actions.items()
    ]
    return page + "\n".join(rows) + "\n"


def main(file: Path = FILE) -> None:
    """Writes the page."""
    file.write_text(text())


if __name__ == "__main__":
    main()
