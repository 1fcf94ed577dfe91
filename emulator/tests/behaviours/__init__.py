"""What each patch makes true, one public function a patch, named like it.

Run twice: against our API, where each must pass, and against plain moto, where each must fail. One that passes on
plain moto says that moto has it by now and the patch can go.
"""

from emulator.tests.behaviours import (
    autoscaling,
    classic,
    cloudformation,
    cloudwatch,
    ec2,
    elbv2,
    target_groups,
)

BEHAVIOURS = {
    name: check
    for module in (ec2, elbv2, target_groups, classic, cloudformation, cloudwatch, autoscaling)
    for name, check in vars(module).items()
    if getattr(check, "__module__", "") == module.__name__ and not name.startswith("_")
}
