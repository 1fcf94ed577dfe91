package dev.leadline.infra;

import java.util.LinkedHashMap;
import java.util.Map;

/** What the application on every instance needs of its user data. */
final class AppFiles {
  private AppFiles() {}

  /** Of a member of a group, which finds its number itself. */
  static final String NO_NUMBER = "";

  /**
   * The settings of the instance with that number; without cluster and paths it answers health
   * checks only.
   */
  static Map<String, String> settings(Settings of, String cluster, String paths, String number) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("CLUSTER", cluster);
    settings.put("CLUSTER_PATHS", paths);
    settings.put("NUMBER", number);
    settings.put("APP_PORT", Integer.toString(Network.APP_PORT));
    settings.put("WORK_MILLIS", Integer.toString(of.workMillis()));
    settings.put("AUTO_STOP_MINUTES", Integer.toString(of.autoStopMinutes()));
    return settings;
  }

  static Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("main.py", UserDataScript.python("fastapi/main.py"));
    files.put("requirements.txt", UserDataScript.resource("fastapi/requirements-ec2.txt"));
    return files;
  }
}
