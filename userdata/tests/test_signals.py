"""How the scripts of Amazon Linux and Debian signal CloudFormation, with stand-ins for its clients."""

from userdata.tests.box import PLATFORM, ROLE, Box

SIGNALS = {
    "amazon": "cfn-signal --exit-code {code} --region us-west-2 --stack Leadline --resource Target3",
    "debian": "aws cloudformation signal-resource --region us-west-2 --stack-name Leadline"
    " --logical-resource-id Target3 --unique-id i-0abc --status {status}",
}


def words(box: Box) -> list[str]:
    """Every attempt to signal the stack."""
    return [call for call in box.calls() if call.startswith(("cfn-signal ", "aws cloudformation "))]


@PLATFORM
@ROLE
def test_the_stack_hears_of_success_once_the_service_answers(
    box: Box, platform: str, role: str
) -> None:
    box.run(platform, role)
    assert words(box) == [SIGNALS[platform].format(code=0, status="SUCCESS")]
    assert box.signals() == ["SUCCESS"]
    calls = box.calls()
    port = 8000 if role == "target.sh" else 80
    last_check = max(i for i, call in enumerate(calls) if f"127.0.0.1:{port}/" in call)
    assert last_check < calls.index(words(box)[0])


@PLATFORM
def test_the_stack_hears_of_a_failure_and_the_last_line_stays_the_last(
    box: Box, platform: str
) -> None:
    box.fails("sysctl", 1)
    box.fails("cfn-signal" if platform == "amazon" else "aws", 1)  # the first word is lost
    status, log = box.run(platform, "target.sh")
    assert status == 1
    assert "leadline: FAILED: line " in log[-1]
    assert words(box) == [SIGNALS[platform].format(code=1, status="FAILURE")] * 2
    assert box.signals() == ["FAILURE"]


@PLATFORM
def test_a_failure_in_a_subshell_is_told_once(box: Box, platform: str) -> None:
    box.fails("python", 1000)
    box.run(platform, "target.sh")
    assert len(words(box)) == 1


def test_amazon_tells_a_failure_before_cfn_signal_is_installed(box: Box) -> None:
    box.fails("dnf", 1000)
    assert box.run("amazon", "target.sh")[0] == 1
    assert words(box) == [SIGNALS["debian"].format(status="FAILURE")]
    assert box.signals() == ["FAILURE"]


@PLATFORM
def test_a_stack_that_does_not_listen_is_no_failure(box: Box, platform: str) -> None:
    """The script may be run again when the stack stands: nothing waits then."""
    box.fails("cfn-signal" if platform == "amazon" else "aws", 1000)
    status, log = box.run(platform, "target.sh")
    assert status == 0
    assert log[-2].endswith("leadline: CloudFormation did not take the signal SUCCESS")
    assert len(words(box)) == 3


@PLATFORM
def test_without_a_stack_nobody_is_told(box: Box, platform: str) -> None:
    assert box.run(platform, "target.sh", STACK_NAME="")[0] == 0
    assert not words(box)
