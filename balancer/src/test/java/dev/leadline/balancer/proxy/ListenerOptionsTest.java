package dev.leadline.balancer.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.leadline.balancer.config.BalancerConfig.Timeouts;
import dev.leadline.balancer.config.ConfigReader;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.timeout.IdleStateHandler;
import org.junit.jupiter.api.Test;

class ListenerOptionsTest {

  private static Timeouts timeouts(String clientIdle) {
    return ConfigReader.parse(
            "test.yaml",
            "listener: {port: 0}\ntargetGroups: []\nrules: []\ntimeouts: {clientIdle: %s}\n"
                .formatted(clientIdle))
        .timeouts();
  }

  @Test
  void aConnectionMayBeSilentForTheTimesOfNow() {
    EmbeddedChannel connection = new EmbeddedChannel(new IdleStateHandler(0, 0, 85));
    ListenerOptions.limitSilence(connection, timeouts("10m"));
    assertEquals(
        610_000, connection.pipeline().get(IdleStateHandler.class).getAllIdleTimeInMillis());
    connection.finishAndReleaseAll();
  }
}
