"""Whether the account may have load balancers: AWS has not opened them for every new one."""

from botocore.exceptions import ClientError

from lab import topology
from lab.aws import stack
from lab.machine.prerequisites import Finding
from lab.profile import Profile

NAME = "leadline-check"
# In the range of ids that AWS gives, and of nobody: nothing can be made in a subnet that there is not.
NOWHERE = ("subnet-00000000000000000", "subnet-00000000000000001")
REFUSED = "OperationNotPermitted"
CASE = "open a case at https://support.console.aws.amazon.com (Account and billing) that asks for load balancers"


def check(what: str, profile: Profile, _plan: topology.Topology) -> Finding:
    """Asks for a load balancer in subnets that do not exist: an account without load balancers refuses in other words.

    Nothing is created, whatever the answer is.
    """
    balancing = stack.client(profile, "elbv2")
    if balancing.describe_load_balancers(PageSize=1)["LoadBalancers"]:
        return Finding(what, "the account has one", True)
    try:
        balancing.create_load_balancer(Name=NAME, Subnets=[*NOWHERE])
    except ClientError as error:
        code, said = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code == REFUSED or "does not support creating load balancers" in said:
            return Finding(what, "AWS does not let this account create any", False, CASE)
        if "Denied" in code or "Unauthorized" in code:
            raise
    return Finding(what, "AWS names no objection", True)
