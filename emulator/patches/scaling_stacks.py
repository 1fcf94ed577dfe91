"""CloudFormation's resources around groups: launch templates, groups, their policies and hooks."""

import functools
from typing import Any

from moto.autoscaling.models import (
    AutoScalingBackend,
    FakeAutoScalingGroup,
    autoscaling_backends,
)
from moto.core.common_models import CloudFormationModel

from emulator.patches import autoscaling, refreshes


def apply() -> None:
    """Applies every patch of this module to moto's classes."""
    group_properties()
    group_update()
    group_delete()
    scaling_policy()
    lifecycle_hook()


def group_properties() -> None:
    """moto ignores a group's warm-up, hooks and maintenance policy, and takes no grace period for 300 s."""
    create = FakeAutoScalingGroup.create_from_cloudformation_json.__func__

    def create_from_cloudformation_json(
        cls: type[FakeAutoScalingGroup],
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> FakeAutoScalingGroup:
        properties = cloudformation_json["Properties"]
        for hook in properties.get("LifecycleHookSpecificationList", []):
            # before the group, whose first members wait for it
            LifecycleHook.put(
                resource_name,
                hook["LifecycleHookName"],
                hook,
                autoscaling_backends[account_id][region_name],
            )
        group = create(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs)
        _set(group, properties)
        return group

    FakeAutoScalingGroup.create_from_cloudformation_json = classmethod(
        create_from_cloudformation_json
    )


def _set(group: FakeAutoScalingGroup, properties: dict[str, Any]) -> None:
    group.health_check_grace_period = int(properties.get("HealthCheckGracePeriod", 0))
    warm_up = properties.get("DefaultInstanceWarmup")
    group.default_instance_warmup = None if warm_up is None else int(warm_up)
    policy = properties.get("InstanceMaintenancePolicy")
    group.instance_maintenance_policy = policy and {key: int(it) for key, it in policy.items()}


def group_update() -> None:
    """moto deletes a changed group and makes another; here its update policy says how its members are replaced."""

    def update_from_cloudformation_json(  # noqa: PLR0913, PLR0917 - moto's signature
        cls: type[FakeAutoScalingGroup],  # noqa: ARG001
        original_resource: FakeAutoScalingGroup,
        new_resource_name: str,  # noqa: ARG001
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FakeAutoScalingGroup:
        group, properties = original_resource, cloudformation_json["Properties"]
        backend = autoscaling_backends[account_id][region_name]
        before = _template(group)
        group.tags = properties.get("Tags", [])
        _attach(backend, group, properties)
        backend.update_auto_scaling_group(
            name=group.name,
            availability_zones=properties.get("AvailabilityZones", []),
            desired_capacity=_number(properties.get("DesiredCapacity")),
            max_size=_number(properties["MaxSize"]),
            min_size=_number(properties["MinSize"]),
            launch_config_name=properties.get("LaunchConfigurationName"),
            launch_template=properties.get("LaunchTemplate", {}),
            vpc_zone_identifier=",".join(properties.get("VPCZoneIdentifier", [])),
            health_check_period=int(properties.get("HealthCheckGracePeriod", 0)),
            health_check_type=properties.get("HealthCheckType", "EC2"),
            mixed_instances_policy=properties.get("MixedInstancesPolicy"),
        )
        _set(group, properties)
        policy = cloudformation_json.get("UpdatePolicy", {}).get("AutoScalingInstanceRefresh")
        if policy and _template(group) != before:
            refreshes.begin(group, policy.get("Preferences", {}))
        return group

    FakeAutoScalingGroup.update_from_cloudformation_json = classmethod(
        update_from_cloudformation_json
    )


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _template(group: FakeAutoScalingGroup) -> tuple[str, int] | None:
    """The launch template and its version that new members are launched from."""
    template = group.ec2_launch_template
    if template is None:
        return None
    return template.id, template.get_version(group.launch_template_version).number


def _attach(
    backend: AutoScalingBackend, group: FakeAutoScalingGroup, properties: dict[str, Any]
) -> None:
    """Makes a group's load balancers those of the template."""
    arns, names = properties.get("TargetGroupARNs", []), properties.get("LoadBalancerNames", [])
    gone = [it for it in group.target_group_arns if it not in arns]
    members = {it.instance_id for it in group.instance_states}
    for arn in gone:
        targets = backend.elbv2_backend.target_groups.get(arn)
        if targets:
            targets.deregister(
                [it for key, it in list(targets.targets.items()) if key[0] in members]
            )
    group.target_group_arns = list(arns)
    backend.update_attached_target_groups(group.name)
    if set(group.load_balancer_names) - set(names):
        backend.detach_load_balancers(
            group.name, [it for it in group.load_balancer_names if it not in names]
        )
    backend.attach_load_balancers(group.name, names)


def group_delete() -> None:
    """moto leaves the policies and hooks of a deleted group, and its members registered as targets."""
    delete = AutoScalingBackend.delete_auto_scaling_group

    @functools.wraps(delete)
    def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str) -> None:
        group = self.autoscaling_groups.get(group_name)
        if group is None:
            delete(self, group_name)  # moto's words
            return
        autoscaling.end_all(group)
        del self.autoscaling_groups[group_name]
        for things in (self.policies, self.lifecycle_hooks):
            for key in [k for k, it in things.items() if it.auto_scaling_group_name == group_name]:
                del things[key]

    def delete_resource(self: FakeAutoScalingGroup, account_id: str, region_name: str) -> None:
        backend = autoscaling_backends[account_id][region_name]
        if self.name in backend.autoscaling_groups:
            backend.delete_auto_scaling_group(self.name)

    AutoScalingBackend.delete_auto_scaling_group = delete_auto_scaling_group
    FakeAutoScalingGroup.delete = delete_resource


class _OfAGroup:
    """A resource that belongs to a group, and goes with it."""

    def __init__(self, group: str, name: str, id_: str) -> None:
        self.group = group
        self.name = name
        self.physical_resource_id = id_

    @classmethod
    def put(cls, group: str, name: str, properties: dict[str, Any], backend: Any) -> str:
        """Creates or changes it; returns its id."""
        raise NotImplementedError

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> "_OfAGroup":
        """Creates it."""
        properties = cloudformation_json["Properties"]
        group = properties["AutoScalingGroupName"]
        backend = autoscaling_backends[account_id][region_name]
        return cls(group, resource_name, cls.put(group, resource_name, properties, backend))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: "_OfAGroup",
        new_resource_name: str,  # noqa: ARG003
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> "_OfAGroup":
        """Changes it."""
        it, properties = original_resource, cloudformation_json["Properties"]
        backend = autoscaling_backends[account_id][region_name]
        it.group = properties["AutoScalingGroupName"]
        it.physical_resource_id = cls.put(it.group, it.name, properties, backend)
        return it


class ScalingPolicy(_OfAGroup, CloudFormationModel):
    """``AWS::AutoScaling::ScalingPolicy``: kept and described."""

    @staticmethod
    def cloudformation_name_type() -> str:
        """No property names this resource."""
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        """The type in templates."""
        return "AWS::AutoScaling::ScalingPolicy"

    @classmethod
    def put(cls, group: str, name: str, properties: dict[str, Any], backend: Any) -> str:
        """Creates or changes it; returns its ARN."""
        policy = backend.put_scaling_policy(
            name=name,
            policy_type=properties.get("PolicyType", "SimpleScaling"),
            metric_aggregation_type=properties.get("MetricAggregationType"),
            adjustment_type=properties.get("AdjustmentType"),
            as_name=group,
            min_adjustment_magnitude=properties.get("MinAdjustmentMagnitude"),
            scaling_adjustment=_number(properties.get("ScalingAdjustment")),
            cooldown=_number(properties.get("Cooldown")),
            target_tracking_config=properties.get("TargetTrackingConfiguration"),
            step_adjustments=properties.get("StepAdjustments", []),
            estimated_instance_warmup=properties.get("EstimatedInstanceWarmup"),
            predictive_scaling_configuration=properties.get("PredictiveScalingConfiguration"),
        )
        return policy.arn

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes it, if its group has not taken it along."""
        autoscaling_backends[account_id][region_name].delete_policy(self.name)


class LifecycleHook(_OfAGroup, CloudFormationModel):
    """``AWS::AutoScaling::LifecycleHook``: kept and described."""

    @staticmethod
    def cloudformation_name_type() -> str:
        """The property that names it."""
        return "LifecycleHookName"

    @staticmethod
    def cloudformation_type() -> str:
        """The type in templates."""
        return "AWS::AutoScaling::LifecycleHook"

    @classmethod
    def put(cls, group: str, name: str, properties: dict[str, Any], backend: Any) -> str:
        """Creates or changes it; returns its name."""
        backend.create_lifecycle_hook(
            name=name,
            as_name=group,
            transition=properties["LifecycleTransition"],
            timeout=_number(properties.get("HeartbeatTimeout")),
            result=properties.get("DefaultResult"),
        )
        return name

    def delete(self, account_id: str, region_name: str) -> None:
        """Deletes it, if its group has not taken it along."""
        autoscaling_backends[account_id][region_name].delete_lifecycle_hook(self.group, self.name)


def scaling_policy() -> None:
    """moto's CloudFormation has no AWS::AutoScaling::ScalingPolicy: defining the class above adds it."""


def lifecycle_hook() -> None:
    """moto's CloudFormation has no AWS::AutoScaling::LifecycleHook: defining the class above adds it."""
