"""The load balancers of a group: what they say of a member, and how it joins and leaves them."""

from moto.autoscaling.models import FakeAutoScalingGroup, InstanceState

from emulator.patches import target_groups


def healths(group: FakeAutoScalingGroup, state: InstanceState) -> list[str]:
    """What each load balancer of the group says of a member."""
    backend = group.autoscaling_backend
    found = []
    for arn in group.target_group_arns:
        targets = backend.elbv2_backend.target_groups.get(arn)
        if targets:
            target = {"Id": state.instance_id, "Port": int(targets.port)}
            found.append(targets.health_for(target, group.ec2_backend).status)
    for name in group.load_balancer_names:
        if name in backend.elb_backend.load_balancers:
            (described,) = backend.elb_backend.describe_instance_health(
                name, [{"InstanceId": state.instance_id}]
            )
            found.append("healthy" if described["State"] == "InService" else "initial")
            if described.get("ReasonCode") == "Instance":
                found[-1] = "unhealthy"
    return found


def register(group: FakeAutoScalingGroup, state: InstanceState) -> None:
    backend = group.autoscaling_backend
    for arn in group.target_group_arns:
        targets = backend.elbv2_backend.target_groups[arn]
        backend.elbv2_backend.register_targets(
            arn, [{"Id": state.instance_id, "Port": int(targets.port)}]
        )
    for name in group.load_balancer_names:
        backend.elb_backend.register_instances(name, [state.instance_id], from_autoscaling=True)


def deregister(group: FakeAutoScalingGroup, state: InstanceState) -> float:
    """Takes a member out of every load balancer; returns for how long the slowest lets it finish what it began."""
    backend, slowest = group.autoscaling_backend, 0.0
    for arn in group.target_group_arns:
        targets = backend.elbv2_backend.target_groups.get(arn)
        key = (state.instance_id, int(targets.port)) if targets else None
        if key and key in targets.targets:
            slowest = max(slowest, target_groups.drain_seconds(targets))
            targets.deregister([{"Id": key[0], "Port": key[1]}])
    for name in group.load_balancer_names:
        balancer = backend.elb_backend.load_balancers.get(name)
        if balancer and state.instance_id in balancer.instance_ids:
            backend.elb_backend.deregister_instances(
                name, [state.instance_id], from_autoscaling=True
            )
            draining = balancer.attributes.get("connection_draining", {})
            if str(draining.get("enabled")).lower() == "true":
                slowest = max(slowest, float(draining.get("timeout") or 300))
    return slowest
