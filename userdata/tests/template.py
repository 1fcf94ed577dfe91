"""User data out of the template that infra makes, as CloudFormation would hand it to an instance."""

import json
import os
import re
import subprocess
from pathlib import Path

from userdata.tests.world import ACCOUNT, REGION, target_address

ROOT = Path(__file__).parents[2]
APP = ROOT / "infra" / "target" / "infra.jar"
ASSEMBLIES = ROOT / "infra" / "target" / "assemblies"  # AssembliesTest of infra wrote them
BALANCER = ROOT / "balancer" / "target" / "balancer.jar"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "Leadline",
}
TIMEOUT_SECONDS = 300


def missing() -> str:
    """Why there is no template; empty if there can be one. `mvn verify` builds both jars before it comes here."""
    absent = [str(jar.relative_to(ROOT)) for jar in (APP, BALANCER) if not jar.exists()]
    return f"{', '.join(absent)} not built (mvn -DskipTests package)" if absent else ""


def synthesize(folder: Path, **context: object) -> "Lab":
    """The lab of cdk.json in profile aws with the balancer's own jar. `context` is what `-c` would change."""
    settings = json.loads((ROOT / "cdk.json").read_text())["context"] | {
        "profile": "aws",
        "allowedCidr": "203.0.113.7/32",
        **context,
    }
    environment = {name: value for name, value in os.environ.items() if "CDK_" not in name}
    environment |= {"CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(settings)}
    made = subprocess.run(
        ["java", "-jar", str(APP)],
        cwd=ROOT,
        env=environment | {"CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return Lab(folder)


class Lab:
    """A synthesised lab.

    `user_data` has each instance's script by its name, such as `leadline-balancer`, and that of a group's members by
    theirs; `assets` the files that a deployment publishes, by "BUCKET/KEY".
    """

    def __init__(self, folder: Path) -> None:
        """Reads the cloud assembly in the folder."""
        self.folder = folder
        template = json.loads((folder / "Leadline.template.json").read_text())
        instances = {
            name: resource["Properties"]
            for name, resource in template["Resources"].items()
            if resource["Type"] == "AWS::EC2::Instance"
        }
        tags = {
            name: {tag["Key"]: tag["Value"] for tag in it["Tags"]} for name, it in instances.items()
        }
        self.known = dict(PSEUDO)
        for name in instances:
            number = int(tags[name]["leadline:number"])
            self.known[name] = f"i-{number:017x}"
            self.known[f"{name}.PrivateIp"] = target_address(number)
        for name, resource in template["Resources"].items():
            if resource["Type"] == "AWS::SecretsManager::Secret":
                self.known[name] = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"
        self.user_data = {
            tags[name]["Name"]: self.resolve(it["UserData"]) for name, it in instances.items()
        }
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::AutoScaling::AutoScalingGroup":
                group = resource["Properties"]
                of_group = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
                launched = template["Resources"][group["LaunchTemplate"]["LaunchTemplateId"]["Ref"]]
                script = launched["Properties"]["LaunchTemplateData"]["UserData"]
                self.user_data[of_group["Name"]] = self.resolve(script)
        self.assets = self.published()

    def resolve(self, value: object) -> str:
        """What CloudFormation makes of a value; a KeyError for what only a running stack has."""
        match value:
            case str():
                return value
            case {"Ref": name}:
                return self.known[name]
            case {"Fn::GetAtt": [name, attribute]}:
                return self.known[f"{name}.{attribute}"]
            case {"Fn::Join": [between, parts]}:
                return between.join(self.resolve(part) for part in parts)
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda found: self.known[found[1]], text)
            case {"Fn::Base64": inner}:
                return self.resolve(inner)
        raise AssertionError(f"not a value that user data may have: {value}")

    def published(self) -> dict[str, Path]:
        """What the manifest of assets says is to be where."""
        manifest = json.loads((self.folder / "Leadline.assets.json").read_text())
        return {
            "/".join(
                self.resolve({"Fn::Sub": destination[name]}) for name in ("bucketName", "objectKey")
            ): self.folder / file["source"]["path"]
            for file in manifest["files"].values()
            for destination in file["destinations"].values()
        }
