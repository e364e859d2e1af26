"""What the Python services have in common: they say who they are, keep running, and stop on a signal."""

import os
import signal
import sys


def run(does: str) -> None:
    name = os.environ.get("PM2_PROCESS_NAME", "a service without a name")
    agent = os.environ.get("AGENT_NAME")
    print(f"{name}: {does}" + (f" for {agent}" if agent else ""), flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            signal.pause()
    except KeyboardInterrupt:
        print(f"{name}: stopped", flush=True)
        sys.exit(0)
