"""An API in this process, without machines, whose groups' clock the test moves."""

from emulator.aws import Aws
from emulator.patches import autoscaling
from emulator.tests.api import Api


class Clocked:
    """An API without machines, whose clock the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        autoscaling.tell_time_with(lambda: self.now)
        self.aws = Aws(0, changed=lambda: None)
        self.aws.start()
        self.api = Api(self.aws.endpoint)

    def after(self, seconds: float) -> str:
        """The stack's status so much later."""
        self.now += seconds
        self.aws.read()
        return self.api.status()

    def versions(self) -> list[str]:
        """The launch template's version of each member in service."""
        (group,) = self.api.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        members = [it for it in group["Instances"] if it["LifecycleState"] == "InService"]
        return sorted(it["LaunchTemplate"]["Version"] for it in members)
