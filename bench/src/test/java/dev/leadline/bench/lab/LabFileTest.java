package dev.leadline.bench.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.leadline.bench.error.BenchException;
import dev.leadline.bench.error.ExitCode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LabFileTest {
  /** The example of docs/lab-files.md. */
  private static final String LAB =
      """
      {
        "profile": "local",
        "region": "us-east-1",
        "endpoint": "http://localhost:5566",
        "notes": ["The ALB is emulated: ..."],
        "balancers": [
          {"name": "alb", "title": "Application Load Balancer", "url": "http://127.2.0.10:8080",
           "cloudwatch": {"namespace": "AWS/ApplicationELB", "dimensions": {"LoadBalancer": "app/x/y"}}},
          {"name": "leadline", "title": "Leadline", "url": "http://127.1.0.13:8080",
           "cloudwatch": {"namespace": "Leadline", "dimensions": {"Balancer": "i-0123"}}}
        ],
        "paths": [
          {"path": "/cluster1", "targets": ["i-0aaa"]},
          {"path": "/mixed", "targets": ["i-0aaa", "i-0bbb"]}
        ],
        "targets": [
          {"id": "i-0aaa", "number": 1, "cluster": "cluster1", "type": "t2.large", "address": "127.1.0.4", "state": "healthy"}
        ],
        "settings": {"policy": "least_outstanding_requests"}
      }
      """;

  @TempDir private Path directory = Path.of(".");

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("lab.json"), content);
  }

  @Test
  void theDocumentedExampleIsRead() throws IOException {
    LabDescription lab = LabFile.read(file(LAB));

    assertEquals(URI.create("http://localhost:5566"), lab.endpoint());
    assertEquals(8080, lab.balancer("alb").port());
    assertEquals("t2.large", lab.targets().get(0).type());
    assertEquals(2, lab.paths().get(1).targets().size());
    assertTrue(!lab.remote());
  }

  @Test
  void aBalancerMaySpeakHttpsAndTheFileSaysWhatItsCertificateIs() throws IOException {
    LabDescription lab =
        LabFile.read(
            file(
                LAB.replace("http://127.2.0.10:8080", "https://a.elb.amazonaws.com")
                    .replace(
                        "\"http://127.1.0.13:8080\"",
                        "\"https://203.0.113.9:8443\", \"certificate\": \"any\"")));

    assertEquals(443, lab.balancer("alb").port());
    assertEquals(null, lab.balancer("alb").certificate());
    assertEquals(8443, lab.balancer("leadline").port());
    assertEquals(LabDescription.Certificate.ANY, lab.balancer("leadline").certificate());
  }

  private static final String CLASSIC =
      """
      {"name": "clb", "url": "http://127.2.0.12:8080",
       "urls": {"/cluster1": "http://127.2.0.12:8080", "/mixed": "http://127.2.0.13:8080"},
       "cloudwatch": {"namespace": "AWS/ELB", "paths": {"/cluster1": {"LoadBalancerName": "a"},
         "/mixed": {"LoadBalancerName": "b"}}}},
      {"name": "leadline\"""";

  @Test
  void aBalancerWithoutRulesIsAskedElsewhereForEachPath() throws IOException {
    LabDescription lab = LabFile.read(file(LAB.replace("{\"name\": \"leadline\"", CLASSIC)));
    LabDescription.Balancer classic = lab.balancer("clb");

    assertEquals("127.2.0.13", classic.at("/mixed").url().getHost());
    assertEquals("127.2.0.10", lab.balancer("alb").at("/mixed").url().getHost());
    assertEquals("the stand-in of the Classic Load Balancer", lab.inWords("clb"));
    assertEquals("the stand-in of the ALB", lab.inWords("alb"));
  }

  @Test
  void aPathWithoutItsUrlIsNamed() throws IOException {
    Path file =
        file(
            LAB.replace(
                "{\"name\": \"leadline\"",
                CLASSIC.replace("\"/mixed\": \"http", "\"/x\": \"http")));
    BenchException e = assertThrows(BenchException.class, () -> LabFile.read(file));

    assertTrue(
        String.valueOf(e.getMessage()).contains("balancers[1].urls[\"/mixed\"]"), e::toString);
  }

  @Test
  void onAwsThereIsNoEndpoint() throws IOException {
    LabDescription lab =
        LabFile.read(
            file(
                LAB.replace("\"http://localhost:5566\"", "null")
                    .replace("\"profile\": \"local\"", "\"profile\": \"aws\"")));
    assertEquals(null, lab.endpoint());
    assertTrue(lab.remote());
  }

  @Test
  void keysOfLaterVersionsAreLeftAlone() throws IOException {
    LabFile.read(file(LAB.replace("\"region\"", "\"later\": 1, \"region\"")));
  }

  /** Each mistake is answered with the key, or the line, and what is allowed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "http://127.2.0.10:8080 | ftp://x | balancers[0].url is ftp://x",
        "\"title\": \"Leadline\", | \"certificate\": \"mine\", | key balancers[1].certificate",
        "http://127.2.0.10:8080 | http://x/path | without a path",
        "http://127.2.0.10:8080 | not a url | balancers[0].url",
        "\"name\": \"alb\" | \"name\": \"leadline\" | two balancers are named leadline",
        "\"name\": \"alb\" | \"name\": \"a/b\" | balancers[0].name is a/b",
        "\"name\": \"alb\" | \"other\": 1 | balancers[0].name is null",
        "\"/cluster1\" | \"cluster1\" | paths[0].path is cluster1",
        "\"/cluster1\" | \"/mixed\" | given twice",
        "\"number\": 1 | \"number\": \"one\" | key targets[0].number",
        "\"profile\": \"local\" | \"profile\": \"../x\" | profile is ../x",
        "\"region\": \"us-east-1\", | ] | line 3",
        "\"region\": \"us-east-1\" | \"region\": null | region is null",
      })
  void aMistakeIsNamed(String right, String wrong, String said) throws IOException {
    Path file = file(LAB.replace(right.strip(), wrong.strip()));
    BenchException e = assertThrows(BenchException.class, () -> LabFile.read(file));

    String message = String.valueOf(e.getMessage());
    assertEquals(ExitCode.USAGE, e.exitCode());
    assertTrue(message.contains(said.strip()), message);
    assertTrue(message.contains("lab.json"), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void aFileThatIsMissingOrEmptyIsNamed() throws IOException {
    assertThrows(BenchException.class, () -> LabFile.read(directory.resolve("none.json")));
    Path empty = file("");
    assertThrows(BenchException.class, () -> LabFile.read(empty));
    Path nothing = file("null");
    assertThrows(BenchException.class, () -> LabFile.read(nothing));
    Path hollow = file("{\"profile\": \"local\"}");
    assertThrows(BenchException.class, () -> LabFile.read(hollow));
  }
}
