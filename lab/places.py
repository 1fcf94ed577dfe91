"""Where labs were deployed to. AWS has a stack in one account and one region, and is silent about all others."""

import json
from dataclasses import asdict, dataclass

from lab.profile import Profile


@dataclass(frozen=True)
class Place:
    """An account's number and a region."""

    account: str
    region: str

    def __str__(self) -> str:
        """In words."""
        return f"account {self.account}, region {self.region}"


def of(profile: Profile) -> list[Place]:
    """Every place that may have a lab of this profile, the newest last."""
    return [Place(**it) for it in profile.last_deployment().get("places", [])]


def noted(profile: Profile, here: Place) -> list[dict[str, str]]:
    """The places as they are kept, with this one as the newest."""
    return [asdict(it) for it in (*elsewhere(profile, here), here)]


def elsewhere(profile: Profile, here: Place) -> list[Place]:
    """The places but this one."""
    return [it for it in of(profile) if it != here]


def forget(profile: Profile, here: Place) -> None:
    """Notes that nothing is left here; with no other place, the note of the deployment goes."""
    others = [asdict(it) for it in elsewhere(profile, here)]
    if others:
        note = profile.last_deployment() | {"places": others}
        profile.deployment_file.write_text(json.dumps(note) + "\n")
    else:
        profile.deployment_file.unlink(missing_ok=True)


def way_to(profile: Profile, place: Place, here: Place) -> str:
    """What makes the next command act there; a Learner Lab's account may be gone for ever."""
    region = f"export AWS_REGION={place.region}"
    if place.account == here.account:
        return region
    return (
        f"log in to that account, {region} (or, if it is no more, remove {profile.deployment_file})"
    )


def reminder(profile: Profile, place: Place, here: Place) -> str:
    """That there may be a lab in another place, and how it ends."""
    return f"there may be a lab in {place} too, and it costs: {way_to(profile, place, here)}, then ./deploy.sh destroy"
