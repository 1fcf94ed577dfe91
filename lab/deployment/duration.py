"""How long `up` takes in an account, said before the question."""

from lab.plan import Plan

# As known from the parts: CloudFormation's load balancer takes three minutes, an instance's script two to five, and the
# CDK's bootstrap one at the first time.
DEPLOYMENT_MINUTES = (8, 12)
# Bursts that are not measured, a minute without requests before them, and CloudWatch's last figures after them.
AROUND_THE_BENCHMARK_MINUTES = (4, 12)
BALANCERS = 2
CONTROL = 1  # one path is measured a second time, for the noise


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
    cells = BALANCERS * plan.measured_paths + CONTROL
    lower, upper = (cells * rounds + more for more in AROUND_THE_BENCHMARK_MINUTES)
    return (
        f"{said}, and the benchmark {lower} to {upper} more: {cells} cells, {rounds} bursts of each, a minute a burst "
        "(--rounds 3 takes half, --no-bench none)."
    )
