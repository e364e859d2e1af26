"""Says a line, and runs on."""
import time

print("at work")
while True:
    time.sleep(1)
