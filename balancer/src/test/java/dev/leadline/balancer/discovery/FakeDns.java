package dev.leadline.balancer.discovery;

import io.netty.util.NetUtil;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A DNS server on loopback that answers what it is told to, and may be silent or broken. */
public final class FakeDns implements AutoCloseable {

  private static final int NXDOMAIN = 3;
  private static final int A = 1;
  private static final int CNAME = 5;
  private static final int AAAA = 28;

  private final DatagramSocket socket;
  private final Map<String, List<String>> addresses = new ConcurrentHashMap<>();
  private final Map<String, String> aliases = new ConcurrentHashMap<>();
  private volatile int ttl = 1;
  private volatile int error;
  private volatile int silentFor;

  public FakeDns() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread server = new Thread(this::serve, "dns");
    server.setDaemon(true);
    server.start();
  }

  /** Its port at 127.0.0.1. */
  public int port() {
    return socket.getLocalPort();
  }

  /** The name has these addresses now. */
  public FakeDns has(String name, String... ips) {
    addresses.put(name, List.of(ips));
    return this;
  }

  /** The name is another name for this one. */
  public FakeDns alias(String name, String canonical) {
    aliases.put(name, canonical);
    return this;
  }

  public FakeDns ttl(int seconds) {
    ttl = seconds;
    return this;
  }

  /** Every answer has this code now; 0: proper answers. */
  public void fail(int code) {
    error = code;
  }

  /** Questions of this type get no answer: 1 for A, 28 for AAAA, -1 for all, 0 for none. */
  public void beSilent(int type) {
    silentFor = type;
  }

  private void serve() {
    byte[] buffer = new byte[1500];
    while (!socket.isClosed()) {
      DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
      try {
        socket.receive(packet);
        byte[] answer = answer(ByteBuffer.wrap(buffer, 0, packet.getLength()));
        if (answer.length > 0) {
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (SocketException e) {
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private byte[] answer(ByteBuffer query) throws IOException {
    short id = query.getShort();
    query.position(12);
    String name = name(query);
    int type = query.getShort();
    if (silentFor == type || silentFor == -1) {
      return new byte[0];
    }
    String canonical = aliases.getOrDefault(name, name);
    List<String> known = addresses.get(canonical);
    ByteArrayOutputStream records = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(records);
    int count = 0;
    if (error == 0 && known != null) {
      if (!canonical.equals(name)) {
        record(out, name, CNAME, encoded(canonical));
        count++;
      }
      for (String ip : known) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(ip);
        if (type == (bytes.length == 4 ? A : AAAA)) {
          record(out, canonical, type, bytes);
          count++;
        }
      }
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream head = new DataOutputStream(all);
    head.writeShort(id);
    head.writeShort(0x8180 | (error != 0 ? error : known == null ? NXDOMAIN : 0));
    head.writeShort(1);
    head.writeShort(count);
    head.writeInt(0);
    head.write(encoded(name));
    head.writeShort(type);
    head.writeShort(1);
    records.writeTo(head);
    return all.toByteArray();
  }

  private void record(DataOutputStream out, String name, int type, byte[] data) throws IOException {
    out.write(encoded(name));
    out.writeShort(type);
    out.writeShort(1);
    out.writeInt(ttl);
    out.writeShort(data.length);
    out.write(data);
  }

  private static String name(ByteBuffer query) {
    StringBuilder name = new StringBuilder();
    for (int length = query.get(); length > 0; length = query.get()) {
      byte[] label = new byte[length];
      query.get(label);
      name.append(name.length() == 0 ? "" : ".");
      name.append(new String(label, StandardCharsets.US_ASCII));
    }
    return name.toString();
  }

  private static byte[] encoded(String name) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : name.split("\\.", -1)) {
      out.write(label.length());
      out.write(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.write(0);
    return out.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}
