"""Writes down each signal that it gets, and so does its child. Ends after it, unless it is deaf."""
import os, signal, sys, time

def note(what):
    with open(os.environ["STAMPS"], "a") as stamps:
        stamps.write(f"{os.environ['NAME']}:{what} {time.time_ns()}\n")

def got(number, _):
    note(f"{who}:{signal.Signals(number).name}")
    if "deaf" not in sys.argv:
        os._exit(0)

who = "parent"
for name in ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2"]:
    signal.signal(getattr(signal, name), got)
child = os.fork()
if child == 0:
    who = "child"
else:
    with open("pids", "a") as pids:
        pids.write(f"{os.environ['NAME']} {os.getpid()} {child}\n")
    print("at work", flush=True)
while True:
    time.sleep(1000)
