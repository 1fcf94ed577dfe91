package dev.leadline.balancer.proxy;

import org.jspecify.annotations.Nullable;

/**
 * A doubly linked queue whose elements carry the links themselves, so that taking one out of the
 * middle costs the same however long the queue is, and nothing is allocated. An element is in one
 * queue at a time at most. Not thread-safe.
 *
 * @param <E> what is in the queue
 */
final class LinkedQueue<E extends LinkedQueue.Element<E>> {

  /** What may be in a queue. */
  abstract static class Element<E extends Element<E>> {
    private @Nullable E previous;
    private @Nullable E next;
    private @Nullable LinkedQueue<E> queue;
  }

  private @Nullable E first;
  private @Nullable E last;
  private int size;

  int size() {
    return size;
  }

  @Nullable E first() {
    return first;
  }

  @Nullable E last() {
    return last;
  }

  /** The element must not be in a queue. */
  void addFirst(E element) {
    insert(element, null, first);
  }

  /** The element must not be in a queue. */
  void addLast(E element) {
    insert(element, last, null);
  }

  /** Takes the first one out; null if there is none. */
  @Nullable E removeFirst() {
    E taken = first;
    if (taken != null) {
      remove(taken);
    }
    return taken;
  }

  /** Takes this one out, if it is in this queue. */
  void remove(E element) {
    Element<E> links = element;
    if (links.queue != this) {
      return;
    }
    E before = links.previous;
    E after = links.next;
    if (before == null) {
      first = after;
    } else {
      links(before).next = after;
    }
    if (after == null) {
      last = before;
    } else {
      links(after).previous = before;
    }
    links.previous = null;
    links.next = null;
    links.queue = null;
    size--;
  }

  private void insert(E element, @Nullable E before, @Nullable E after) {
    Element<E> links = element;
    links.queue = this;
    links.previous = before;
    links.next = after;
    if (before == null) {
      first = element;
    } else {
      links(before).next = element;
    }
    if (after == null) {
      last = element;
    } else {
      links(after).previous = element;
    }
    size++;
  }

  private static <E extends Element<E>> Element<E> links(E element) {
    return element;
  }
}
