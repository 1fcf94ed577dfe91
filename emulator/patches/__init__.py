"""What moto 5.2.5 lacks for ``cdk bootstrap``, ``deploy``, update and ``destroy`` of one stack.

One module a service. Each function named after what it repairs says why in its docstring, and has a test that also
checks that unpatched moto still has the gap: when such a test fails after an upgrade of moto, the patch can go.
"""

from emulator.patches import (
    autoscaling,
    change_sets,
    classic,
    cloudformation,
    cloudwatch,
    ec2,
    elbv2,
    lifecycle,
    refreshes,
    scaling_stacks,
    secrets,
    target_groups,
    updates,
)


def apply() -> None:
    """Applies every patch to moto's classes, once; a second call does nothing."""
    if apply.done:
        return
    modules = (
        *(ec2, elbv2, target_groups, classic, updates),
        *(cloudformation, cloudwatch, change_sets),
        *(autoscaling, lifecycle, refreshes, scaling_stacks, secrets),
    )
    for module in modules:
        module.apply()
    apply.done = True


apply.done = False
