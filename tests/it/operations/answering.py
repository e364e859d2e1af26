"""Runs a command on a terminal and answers its question with the first argument. Prints what it
wrote, and at last its exit code."""

import os
import pty
import sys

answer, command = sys.argv[1], sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execv(command[0], command)

said, answered = b"", False
try:
    while part := os.read(terminal, 65536):
        said += part
        if not answered and b"[y/N]" in said:
            os.write(terminal, answer.encode() + b"\n")
            answered = True
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(said)
sys.stdout.buffer.write(b"\nexit code %d" % os.waitstatus_to_exitcode(status))
