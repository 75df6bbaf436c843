"""Becomes another program, as another user if asked, that the system ends when its starter ends.

`tether.py SIGNAL PARENT UID GID PROGRAM ARGUMENT...`; a UID of -1 keeps the user. It runs between
two programs because Python code must not run between fork and exec once there are threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """The order matters: the kernel forgets the wish when the user changes, but not on exec."""
    last_signal, parent, uid, gid = (int(argument) for argument in sys.argv[1:5])
    program = sys.argv[5]
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, last_signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("The starter ended before the program began.")
    try:
        os.execv(program, sys.argv[5:])  # noqa: S606  (no shell is wanted)
    except OSError as error:
        sys.exit(f"{program} can't be started: {error.strerror}")


if __name__ == "__main__":
    main()
