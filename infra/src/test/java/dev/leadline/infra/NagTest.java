package dev.leadline.infra;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.cdklabs.cdknag.AwsSolutionsChecks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** AWS's own advice for solutions (cdk-nag), on every profile and with every option. */
class NagTest {
  /**
   * What the advice is not followed in, and why: the one place for that.
   *
   * @param rule its name, with what it is about
   * @param place beginning of the construct's path, below the stack
   */
  private record Accepted(String rule, String place, Predicate<Profile> where, String reason) {
    boolean covers(Profile profile, Finding finding) {
      return where.test(profile)
          && finding.rule().equals(rule)
          && finding.place().startsWith("Leadline/" + place);
    }
  }

  private static final List<Accepted> ACCEPTED =
      List.of(
          new Accepted(
              "AwsSolutions-EC29",
              "",
              profile -> true,
              "Termination protection makes the removal of the stack fail. An instance holds nothing: its script makes it anew, and one that is forgotten costs money."),
          new Accepted(
              "AwsSolutions-VPC7",
              "Network/Vpc/",
              profile -> true,
              "A lab lives for hours, holds no personal data and admits one named range; its requests are in the load balancer's access log. Flow logs of bursts of a thousand connections would add cost and, in CloudWatch Logs, a role that the Academy does not allow."),
          new Accepted(
              "AwsSolutions-S1",
              "Alb/AccessLogs/Bucket/",
              profile -> profile.loadBalancerLogs(),
              "It is the bucket that logs are written to; logging access to it needs a second one, and so on. Only the account may read it, and its content is deleted after a week."),
          new Accepted(
              "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonSSMManagedEC2InstanceDefaultPolicy]",
              "",
              profile -> profile != Profile.ACADEMY,
              "Session Manager, which stands in for SSH, needs it; AWS keeps it as small as its agent's need, and a copy of ours would miss what the next agent needs."),
          new Accepted(
              "AwsSolutions-IAM5[Resource::*]",
              "Balancer/Role/DefaultPolicy/",
              profile -> profile != Profile.ACADEMY,
              "cloudwatch:PutMetricData takes no resource; a condition restricts it to the lab's own namespace."),
          new Accepted(
              "AwsSolutions-ELB2",
              "Alb/LoadBalancer/",
              profile -> !profile.loadBalancerLogs(),
              "The load balancer is a process on this machine, which writes no access log."),
          new Accepted(
              "AwsSolutions-ELB2",
              "Nlb/LoadBalancer/",
              profile -> true,
              "A Network Load Balancer logs requests of TLS listeners only, and this one has none."),
          new Accepted(
              "AwsSolutions-ELB2",
              "Clb/",
              profile -> true,
              "A lab lives for hours and admits one named range; the same requests, sent to the Application Load Balancer, are in its log."),
          new Accepted(
              "AwsSolutions-ELB1",
              "Clb/",
              profile -> true,
              "The lab compares the Classic Load Balancer with what the advice prefers to it."),
          new Accepted(
              "AwsSolutions-ELB2",
              "Balancer/Front/LoadBalancer/",
              profile -> profile != Profile.ACADEMY,
              "A Network Load Balancer logs requests of TLS listeners only, and this one has none."),
          new Accepted(
              "AwsSolutions-AS3",
              "",
              profile -> profile != Profile.ACADEMY,
              "Launches and ends are the daily work of a group; nobody acts on a mail about one. The group's activity history has them."),
          new Accepted(
              "AwsSolutions-SMG4",
              "Balancer/Secret/",
              profile -> profile != Profile.ACADEMY,
              "Balancers that read another secret than the others would not believe them. It signs counts inside one security group, and ends with the lab."),
          new Accepted(
              "AwsSolutions-EC26",
              "",
              profile -> !profile.disks(),
              "The instances are processes on this machine and have no disk of their own."));

  /** In labs with a group only. */
  private static final Accepted BESIDE_A_LAUNCH_TEMPLATE =
      new Accepted(
          "AwsSolutions-EC26",
          "",
          profile -> profile == Profile.AWS,
          "The rule fails at an instance without a launch template where the stack has one. BalancerGroupTest looks at the disks.");

  private record Finding(String rule, String place) {}

  private static Set<Finding> findings(LabCase lab) {
    return new AwsSolutionsChecks()
        .validateScope(lab.synthesized().stack()).getViolations().stream()
            .flatMap(
                violation ->
                    violation.getViolatingResources().stream()
                        .map(
                            resource ->
                                new Finding(
                                    violation.getRuleName(),
                                    String.valueOf(resource.getConstructPath()))))
            .collect(Collectors.toSet());
  }

  /** Fails for a finding without an exception, and for an exception that is no longer needed. */
  @Test
  void theAdviceIsFollowedOrAReasonIsGiven() {
    Set<String> unexplained = new TreeSet<>();
    Set<Accepted> needed = new HashSet<>();
    List<LabCase> labs = new ArrayList<>(LabCase.all());
    labs.addAll(LabCase.ofGroups());
    for (LabCase lab : labs) {
      for (Finding finding : findings(lab)) {
        List<Accepted> covering =
            (lab.hasGroups()
                    ? Stream.concat(ACCEPTED.stream(), Stream.of(BESIDE_A_LAUNCH_TEMPLATE))
                    : ACCEPTED.stream())
                .filter(it -> it.covers(lab.profile(), finding))
                .toList();
        needed.addAll(covering);
        if (covering.isEmpty()) {
          unexplained.add(lab + ": " + finding);
        }
      }
    }
    assertEquals(Set.of(), unexplained);
    Set<Accepted> all = new HashSet<>(ACCEPTED);
    all.add(BESIDE_A_LAUNCH_TEMPLATE);
    assertEquals(all, needed);
  }

  /** Catches checks that are called in a way in which they find nothing. */
  @Test
  void whatEverybodyMayEnterIsFound() {
    LabCase open = new LabCase(Profile.AWS, java.util.Map.of("allowedCidr", "0.0.0.0/0"));
    assertEquals(
        2, findings(open).stream().filter(it -> it.rule().equals("AwsSolutions-EC23")).count());
  }
}
