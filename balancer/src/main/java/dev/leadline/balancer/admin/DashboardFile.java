package dev.leadline.balancer.admin;

import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What the dashboard is made of: files of this package's resources, served as they are. */
enum DashboardFile {
  PAGE("/", "dashboard.html", "text/html"),
  SCRIPT("/dashboard.js", "dashboard.js", "text/javascript"),
  ELEMENTS("/elements.js", "elements.js", "text/javascript"),
  BALANCERS("/balancers.js", "balancers.js", "text/javascript"),
  TARGET("/target.js", "target.js", "text/javascript"),
  FIGURES("/figures.js", "figures.js", "text/javascript"),
  STYLE("/dashboard.css", "dashboard.css", "text/css"),
  ICON("/icon.svg", "icon.svg", "image/svg+xml");

  private final String path;
  private final String resource;
  private final String type;

  DashboardFile(String path, String resource, String type) {
    this.path = path;
    this.resource = resource;
    this.type = type;
  }

  /** Where it is asked for. */
  String path() {
    return path;
  }

  /** Its content type. */
  String type() {
    return type + "; charset=utf-8";
  }

  /** Its bytes. */
  Buffer read() {
    try (InputStream in = DashboardFile.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the balancer was built without " + resource);
      }
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
