"""Runs a command on a terminal of 80 columns and 24 lines, and interrupts it after its second
frame. Prints what it wrote, and at last what ended it."""

import fcntl
import os
import pty
import signal
import struct
import sys
import termios
import time

pid, terminal = pty.fork()
if pid == 0:
    # The size is set before the command can ask for it.
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # Whoever runs the tests in the background may ignore it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])

said, deadline = b"", time.monotonic() + 60
while said.count(b"\x1b[J") < 2 and time.monotonic() < deadline:
    said += os.read(terminal, 65536)
# As Ctrl-C does it.
os.write(terminal, b"\x03")
try:
    while part := os.read(terminal, 65536):
        said += part
except OSError:
    pass
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(said)
sys.stdout.buffer.write(b"\nended by " + signal.Signals(os.WTERMSIG(status)).name.encode())
