package dev.leadline.infra;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import software.amazon.awscdk.services.ec2.IMachineImage;
import software.amazon.awscdk.services.ec2.MachineImage;
import software.amazon.awscdk.services.ec2.SsmParameterImageOptions;

/**
 * What the instances run: the newest image of a system, found where its maker publishes it (a
 * public parameter of Systems Manager), and the script that installs its packages.
 */
enum OperatingSystem {
  AMAZON(
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64",
      "/dev/xvda",
      "amazon.sh"),
  UBUNTU(
      "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
      "/dev/sda1",
      "debian.sh"),
  DEBIAN("/aws/service/debian/release/12/latest/amd64", "/dev/xvda", "debian.sh");

  private final String imageParameter;
  private final String rootDevice;
  private final String platformFile;

  OperatingSystem(String imageParameter, String rootDevice, String platformFile) {
    this.imageParameter = imageParameter;
    this.rootDevice = rootDevice;
    this.platformFile = platformFile;
  }

  static OperatingSystem read(Context context, Profile profile) {
    if (!context.has("os")) {
      return AMAZON;
    }
    if (profile == Profile.LOCAL) {
      throw context.wrong("os", "none with profile local, whose instances run on this machine");
    }
    return Arrays.stream(values())
        .filter(system -> system.id().equals(context.raw("os")))
        .findFirst()
        .orElseThrow(
            () ->
                context.wrong(
                    "os",
                    Arrays.stream(values())
                        .map(OperatingSystem::id)
                        .collect(Collectors.joining(", "))));
  }

  /** The name in cdk.json. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What the image calls the disk it starts from. */
  String rootDevice() {
    return rootDevice;
  }

  /** The files of userdata/platform, in order. */
  List<String> platformFiles() {
    return List.of("systemd.sh", platformFile);
  }

  /**
   * The image.
   *
   * @param remembered whether the first answer is kept in cdk.context.json: otherwise
   *     CloudFormation asks at every deployment, and an image published meanwhile replaces every
   *     instance
   */
  IMachineImage image(boolean remembered) {
    return MachineImage.fromSsmParameter(
        imageParameter, SsmParameterImageOptions.builder().cachedInContext(remembered).build());
  }
}
