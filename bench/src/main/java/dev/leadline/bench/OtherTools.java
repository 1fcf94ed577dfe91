package dev.leadline.bench;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Options of other load tools that mean something else here, or nothing: what to use instead. */
final class OtherTools {
  private static final String DURATION = "use -z for how long, or --timeout for a request's limit";
  private static final String USERS = "use -c, the users that each wait for their answer";
  private static final String RATE = "use -q, the requests per second of all connections together";
  private static final String THREADS = "use --threads";
  private static final String REPORTS =
      "every run writes report.json, report.html and samples.csv into --results";
  private static final String ONE_WAY =
      "it has no counterpart here: redirects, compression and proxies are not followed, so that"
          + " one request is one exchange";

  private static final Map<String, String> INSTEAD =
      Map.ofEntries(
          Map.entry("-t", "use --timeout 30s for a request's limit, or --threads"),
          Map.entry("--duration-seconds", DURATION),
          Map.entry("-u", USERS),
          Map.entry("--vus", USERS),
          Map.entry("-vus", USERS),
          Map.entry("--users", USERS),
          Map.entry("--concurrency", USERS),
          Map.entry("-i", "use -n, the requests of one measurement"),
          Map.entry("--iterations", "use -n, the requests of one measurement"),
          Map.entry("-s", "use -q 500..5000 for a rate that rises in steps"),
          Map.entry("--stage", "use -q 500..5000 for a rate that rises in steps"),
          Map.entry("-R", RATE),
          Map.entry("-r", RATE),
          Map.entry("--rps", RATE),
          Map.entry("--qps", RATE),
          Map.entry("-cpus", THREADS),
          Map.entry("--cpus", THREADS),
          Map.entry("-D", "use -d @FILE"),
          Map.entry("-T", "use -H 'Content-Type: ...'"),
          Map.entry("-A", "use -H 'Accept: ...'"),
          Map.entry("-a", "use -H 'Authorization: ...'"),
          Map.entry("-U", "use -H 'User-Agent: ...'"),
          Map.entry("-host", "use -H 'Host: ...'"),
          Map.entry("--host", "use -H 'Host: ...'"),
          Map.entry("-p", "use --streams, the requests at once on one HTTP/2 connection"),
          Map.entry("-h2", "use --http2"),
          Map.entry("--http-version", "use --http2, or nothing for HTTP/1.1"),
          Map.entry("-disable-keepalive", "use --disable-keepalive"),
          Map.entry("--burst-delay", "use --pattern burst, with --rounds"),
          Map.entry("--latency-correction", "latency always counts from the intended send"),
          Map.entry("-L", ONE_WAY),
          Map.entry("-x", ONE_WAY),
          Map.entry("--redirect", ONE_WAY),
          Map.entry("-disable-redirects", ONE_WAY),
          Map.entry("-disable-compression", ONE_WAY),
          Map.entry("--disable-compression", ONE_WAY),
          Map.entry("--no-tui", "nothing is drawn where standard error is no terminal"),
          Map.entry("-o", REPORTS),
          Map.entry("--out", REPORTS),
          Map.entry("--output", REPORTS),
          Map.entry("--output-format", REPORTS),
          Map.entry("-j", REPORTS),
          Map.entry("--json", REPORTS));

  /** As in -t4. */
  private static final Pattern VALUE_ATTACHED = Pattern.compile("-[a-zA-Z][0-9]+[a-z]*");

  private OtherTools() {}

  /** What to use instead of the first option of another tool; null where there is none. */
  static @Nullable String instead(List<String> arguments) {
    for (String argument : arguments) {
      String name = argument.split("=", 2)[0];
      String instead = INSTEAD.get(name);
      if (instead == null && VALUE_ATTACHED.matcher(name).matches()) {
        instead = INSTEAD.get(name.substring(0, 2));
      }
      if (instead != null) {
        return argument + ": " + instead;
      }
    }
    return null;
  }
}
