"""Runs a command in a network namespace of its own, so that a test lab and a lab in use never meet.

    python -m e2e.isolated COMMAND [ARGUMENT ...]

A lab takes fixed loopback addresses (127.1.x.x and 127.2.0.x). In a namespace of its own a test may take the same
ones while the user's lab is up, and nothing it starts can reach any network. Needs Linux with unprivileged user
namespaces; elsewhere the command runs without isolation and a line on standard error says so.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

# linux/sched.h, linux/sockios.h, linux/if.h
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP_AND_RUNNING = 0x1 | 0x40


def enter_own_network() -> None:
    """Moves this process into new user and network namespaces with the loopback interface up.

    The user keeps their id: inside, files belong to whom they belonged to before.

    Raises:
        OSError: where the kernel or its configuration does not allow it.
    """
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_AND_RUNNING))


def main() -> None:
    """Replaces this process by the command."""
    command = sys.argv[1:]
    if not command:
        sys.exit("usage: python -m e2e.isolated COMMAND [ARGUMENT ...]")
    try:
        enter_own_network()
    except OSError as error:
        print(f"e2e: not isolated from a lab in use ({error})", file=sys.stderr)
    os.execvp(command[0], command)  # noqa: S606 - running the given command is its purpose


if __name__ == "__main__":
    main()
