# Uses so many megabytes of memory.
import sys, time
eaten = b"x" * (int(sys.argv[1]) * 1_000_000)
time.sleep(100000)
