package dev.leadline.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ProxyVariablesTest {
  @Test
  void aProxyThatIsNotUsedIsSaid() {
    assertTrue(
        ProxyVariables.remark(Map.of("HTTPS_PROXY", "http://proxy:3128", "PATH", "/bin"))
            .orElseThrow()
            .startsWith("HTTPS_PROXY is set, but not used"));
    assertTrue(ProxyVariables.remark(Map.of("http_proxy", " ")).isEmpty());
    assertTrue(ProxyVariables.remark(Map.of("no_proxy", "localhost")).isEmpty());
  }
}
