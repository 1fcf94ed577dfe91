package dev.leadline.balancer;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The balancer in a process of its own, which says on request what memory it has. */
final class ChildBalancer implements AutoCloseable {

  private static final int DESCRIPTORS = 20_000;
  private static final String MEMORY = "memory ";

  private final Process process;
  private final Path log;
  private int measured;

  /**
   * What is in use after a garbage collection.
   *
   * @param directBytes memory of buffers outside the heap
   */
  record Memory(long heapBytes, long directBytes) {}

  /**
   * Starts it, and waits until it is ready.
   *
   * @param dir for its configuration and its log
   * @param java options of the virtual machine
   */
  ChildBalancer(Path dir, String yaml, String... java) throws Exception {
    log = dir.resolve("log");
    Path config = Files.writeString(dir.resolve("b.yaml"), yaml);
    List<String> command = new ArrayList<>();
    command.addAll(List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + " && exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(java));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ChildBalancer.class.getName());
    command.addAll(List.of("serve", "--config", config.toString()));
    process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      TestBalancer.eventually("ready", () -> log().contains("INFO  ready\n"));
    } catch (Exception | AssertionError e) {
      process.destroyForcibly(); // Whoever closes it has not got it.
      throw e;
    }
  }

  /** The balancer's main method, beside a thread that answers each byte on standard input. */
  public static void main(String[] arguments) {
    Thread answering = new Thread(ChildBalancer::answerQuestions, "memory");
    answering.setDaemon(true);
    answering.start();
    Main.main(arguments);
  }

  private static void answerQuestions() {
    try {
      while (System.in.read() >= 0) {
        System.gc();
        Runtime heap = Runtime.getRuntime();
        long direct = Math.max(0, PlatformDependent.usedDirectMemory());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
          if (pool.getName().equals("direct")) {
            direct =
                Math.max(direct, pool.getMemoryUsed()); // Which of both counts depends on Java.
          }
        }
        System.out.println(MEMORY + (heap.totalMemory() - heap.freeMemory()) + " " + direct);
      }
    } catch (IOException e) {
      // Nobody asks any more.
    }
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  int port() throws IOException {
    String line = log().lines().filter(it -> it.contains("listening on")).findFirst().orElseThrow();
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  Memory memory() throws Exception {
    measured++;
    OutputStream question = process.getOutputStream();
    question.write('\n');
    question.flush();
    TestBalancer.eventually("measured", () -> measurements().size() == measured);
    String[] words = measurements().get(measured - 1).split(" ", -1);
    return new Memory(Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  private List<String> measurements() throws IOException {
    return log().lines().filter(it -> it.startsWith(MEMORY)).toList();
  }

  /** Most memory that the process has had in the machine, as the kernel counts it. */
  long peakResidentBytes() throws IOException {
    String line = proc("status").lines().filter(it -> it.startsWith("VmHWM:")).findFirst().get();
    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
  }

  /** Processor time that its event loops have had. */
  long loopNanos() throws IOException {
    long sum = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      for (Path thread : threads.toList()) {
        if (Files.readString(thread.resolve("comm")).startsWith("vert.x-eventlo")) {
          String text = Files.readString(thread.resolve("schedstat"));
          sum += Long.parseLong(text.substring(0, text.indexOf(' ')));
        }
      }
    }
    return sum;
  }

  private String proc(String file) throws IOException {
    return Files.readString(Path.of("/proc/" + process.pid() + "/" + file), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
