#!/bin/sh
# Ends for nothing but SIGKILL, and so does its child.
trap '' INT TERM HUP
echo $$ >> pids
sleep 100000 & echo $! >> pids
echo ready
while :; do sleep 1000; done
