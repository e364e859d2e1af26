#!/bin/sh
# Starts a child, a grandchild, and one that has left its parent and its session; notes all.
echo $$ >> pids
sleep 100000 & echo $! >> pids
sh -c 'sleep 100000 & echo $! >> pids; echo $$ >> pids; wait' &
(setsid sh -c 'sleep 100000 & echo $! >> pids; echo $$ >> pids; echo > left; wait' &)
while [ ! -e left ]; do sleep 0.01; done
echo ready
wait
