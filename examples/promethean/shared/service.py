"""What the Python services have in common: they say who they are, keep running, and stop on a signal.

In the profile `demo` they also work every few seconds.
"""

import os
import signal
import socket
import sys
import time


def run(does: str) -> None:
    name = os.environ.get("PM2_PROCESS_NAME", "a service without a name")
    agent = os.environ.get("AGENT_NAME")
    print(f"{name}: {does}" + (f" for {agent}" if agent else ""), flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    every = int(os.environ.get("DEMO_EVERY_MS", 60_000)) / 1000 + len(name) / 10
    count = 0
    try:
        while True:
            time.sleep(every)
            if "DEMO_STORE" in os.environ:
                count += 1
                print(f"{does}: {count}", flush=True)
                store(name)
    except KeyboardInterrupt:
        print(f"{name}: stopped", flush=True)
        sys.exit(0)


def store(name: str) -> None:
    """What is found goes to the stand-in for MongoDB."""
    host, port = os.environ["DEMO_STORE"].split(":")
    try:
        with socket.create_connection((host, int(port)), timeout=1) as connection:
            connection.sendall(f"{name}\n".encode())
    except OSError as error:
        print(f"not stored: {error.strerror}", file=sys.stderr, flush=True)
