package dev.leadline.balancer.proxy;

import io.vertx.core.Context;
import java.util.ArrayDeque;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Routers that several event loops use in turn, behind one lock, so that every choice is made with
 * everything that is known. An event takes well under a microsecond and a request some fifteen, so
 * that loops seldom meet here. What follows from an event, such as the forwarding of a request,
 * happens after the lock was given back, on the loop that the request belongs to.
 */
public final class SharedRouters {

  /** Somebody's answer, to be given on the loop that has asked. */
  private record Answer(OnLoop asker, Runnable answer) {}

  private final ReentrantLock lock = new ReentrantLock();
  private ArrayDeque<Answer> answers = new ArrayDeque<>();

  /** The access of the event loop that calls this. */
  public RouterAccess onLoop(Context loop) {
    return new OnLoop(loop, Thread.currentThread());
  }

  private final class OnLoop implements RouterAccess {
    private final Context loop;
    private final Thread thread;

    OnLoop(Context loop, Thread thread) {
      this.loop = loop;
      this.thread = thread;
    }

    @Override
    public void run(Runnable event) {
      ask(
          () -> {
            event.run();
            return null;
          });
    }

    @Override
    public <T> T ask(Supplier<T> question) {
      ArrayDeque<Answer> given = null;
      lock.lock();
      try {
        return question.get();
      } finally {
        given = takeAnswers();
        lock.unlock();
        giveOut(given);
      }
    }

    @Override
    public void answer(Runnable answer) {
      answers.add(new Answer(this, answer));
    }

    private void giveOut(@Nullable ArrayDeque<Answer> given) {
      if (given == null) {
        return;
      }
      for (Answer it : given) {
        if (it.asker.thread == Thread.currentThread()) {
          it.answer.run();
        } else {
          it.asker.loop.runOnContext(now -> it.answer.run());
        }
      }
    }
  }

  /** The answers of the outermost event, which ends; null if there are none, or it goes on. */
  private @Nullable ArrayDeque<Answer> takeAnswers() {
    if (answers.isEmpty() || lock.getHoldCount() > 1) {
      return null;
    }
    ArrayDeque<Answer> taken = answers;
    answers = new ArrayDeque<>();
    return taken;
  }
}
