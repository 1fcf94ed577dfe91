"""Waiting for a program."""

import os
import signal
import subprocess
import threading

import pytest

from lab.commands import wait


def test_ctrl_c_is_not_lost_where_it_interrupts_no_system_call(
    request: pytest.FixtureRequest,
) -> None:
    """As when it comes just before the call. Fails where one call waits until the program ends."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    program = subprocess.Popen(["sleep", "30"])
    request.addfinalizer(program.wait)
    request.addfinalizer(program.kill)

    def press_ctrl_c() -> None:  # here the signal is taken, and the main thread goes on waiting
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        os.kill(os.getpid(), signal.SIGINT)

    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    request.addfinalizer(
        lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT}),
    )
    pressing = threading.Timer(2, press_ctrl_c)
    pressing.start()
    request.addfinalizer(pressing.join)
    with pytest.raises(KeyboardInterrupt):
        wait(program)
    assert program.poll() is None
