package dev.leadline.balancer.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ReadTurnsTest {

  private int reads;

  @Test
  void afterSomeReadsTasksHaveTheirTurn() {
    ReadTurns turns = new ReadTurns();
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.config().setAutoRead(false);
    channel.runPendingTasks();
    channel
        .pipeline()
        .addLast(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void read(ChannelHandlerContext ctx) {
                reads++;
              }
            },
            turns);
    for (int i = 0; i < 300; i++) {
      channel.pipeline().read();
    }
    assertEquals(128, reads);
    channel.runPendingTasks();
    assertEquals(300, reads);
    channel.pipeline().read();
    assertEquals(301, reads);
  }
}
