"""A login by SSO, of which the benchmark's SDK knows nothing: its keys end in the middle, and later its session."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.aws import Aws
from lab.aws import access
from lab.machine.prerequisites import java
from lab.profile import ROOT, Profile
from lab.tests.test_logins import OLDER, Home

# Longer than a busy machine may take between the question for a key and the call with it.
KEY_SECONDS = 10
PATIENCE_SECONDS = 60

# Calls AWS once for each line it reads, with the benchmark's own SDK.
PROGRAM = """
import dev.leadline.bench.aws.AwsException;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;

class Program {
  public static void main(String[] none) throws Exception {
    var login = DefaultCredentialsProvider.builder().build();
    var aws = CloudWatchClient.builder()
        .credentialsProvider(login).httpClientBuilder(UrlConnectionHttpClient.builder()).build();
    while (System.in.read() != -1) {
      try {
        aws.listMetrics();
        System.out.println("ok " + login.resolveCredentials().accessKeyId());
      } catch (SdkException e) {
        var no = AwsException.of(e, "cloudwatch:ListMetrics");
        System.out.println("no, passing " + no.isPassing() + ": " + no.getMessage());
      }
    }
  }
}
"""


class Person:
    """A program of a person who has logged in."""

    def __init__(self, folder: Path) -> None:
        source = folder / "Program.java"
        source.write_text(PROGRAM)
        jar = ROOT / "bench" / "target" / "bench.jar"
        self.process = subprocess.Popen(
            [java("java"), "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", str(jar), str(source)],
            env=access.environment(Profile("aws")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self) -> str:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def call_until(self, words: str, but: str = "") -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in (answer := self.call()) or answer == but:
            assert time.monotonic() < deadline, answer
            assert not but or answer == but
            time.sleep(0.05)  # between two calls, so that the machine does something else too


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The logins of an emulator that the profile `work` leads to."""
    file = tmp_path / "logins.json"
    aws = Aws(0, changed=lambda: None, logins=file)
    aws.start()
    home = Home(tmp_path, aws.endpoint, monkeypatch)
    home.configure(OLDER)
    home.log_in()
    for cached in (access._session, access._credentials):
        cached.cache_clear()
    yield file
    aws.stop()


@pytest.mark.full
def test_the_benchmarks_sdk_goes_on_with_new_keys_and_after_a_new_login(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps({"tokens": ["token"], "keySeconds": KEY_SECONDS})
    file.write_text(good)
    person = Person(tmp_path)
    try:
        first = person.call()
        assert first.startswith("ok LEADLINEEMULATOR")
        person.call_until("ok", but=first)
        file.write_text("{}")
        # what passes, the benchmark asks again
        person.call_until(
            "no, passing true: the AWS credentials have expired and could not be renewed"
        )
        assert "aws sso login --profile work" in capsys.readouterr().err
        file.write_text(good)
        person.call_until("ok")
    finally:
        person.process.kill()
        person.process.communicate()
