"""A process that takes the lock of an account, says so, and keeps it until it is ended."""

from __future__ import annotations

import os
import sys
import time

from twinstar.app.account_lock import AccountLock, Holder
from twinstar.errors import AccountInUse


def main(key: str, state_dir: str) -> None:
    holder = Holder(pid=os.getpid(), host="here", since="now", state_dir=state_dir)
    try:
        lock = AccountLock(key, venue="binanceusdm", holder=holder)
    except AccountInUse as e:
        sys.exit(str(e))
    sys.stdout.write("taken\n")
    sys.stdout.flush()
    time.sleep(60)
    lock.release()


if __name__ == "__main__":
    main(*sys.argv[1:])
