"""How long `up` takes in an account, said before the question."""

from lab.plan import Plan

# As known from the parts: CloudFormation's load balancer takes three minutes, an instance's script two to five, and the
# CDK's bootstrap one at the first time.
DEPLOYMENT_MINUTES = (8, 12)
# Bursts that are not measured, a minute without requests before them, and CloudWatch's last figures after them.
AROUND_THE_BENCHMARK_MINUTES = (4, 12)


def of(plan: Plan, rounds: int) -> str:
    """The sentence: minutes of the deployment, and of the benchmark, each of whose measured bursts takes a minute.

    Args:
        plan: of the lab.
        rounds: measured bursts of each path through each balancer; 0 without a benchmark.
    """
    least, most = DEPLOYMENT_MINUTES
    said = f"This takes about {least} to {most} minutes"
    if not rounds:
        return f"{said}."
    lower, upper = of_benchmark(plan, rounds)
    return (
        f"{said}, and the benchmark {lower} to {upper} more: {_cells(plan)} cells, {rounds} bursts of each, a minute a "
        f"burst{', from this machine and from the load generator' if plan.has_generator else ''} (--rounds 3 takes "
        "half, --no-bench none)."
    )


def longest(plan: Plan, rounds: int) -> int:
    """The minutes that `up` takes at most."""
    return DEPLOYMENT_MINUTES[1] + of_benchmark(plan, rounds)[1]


def of_benchmark(plan: Plan, rounds: int) -> tuple[int, int]:
    """The minutes that a benchmark takes, at least and at most; none without rounds."""
    if not rounds:
        return 0, 0
    least, most = AROUND_THE_BENCHMARK_MINUTES
    bursts = _cells(plan) * rounds
    times = 2 if plan.has_generator else 1
    return times * (bursts + least), times * (bursts + most)


def _cells(plan: Plan) -> int:
    """Each path through each balancer, and the control for the noise: of two balancers on one path, of more on each."""
    control = 1 if len(plan.compare) == 2 else plan.measured_paths
    return len(plan.compare) * plan.measured_paths + control
