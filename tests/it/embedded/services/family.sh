#!/bin/sh
# Starts a child, a grandchild, one that has left its parent and its session, and one that has left its
# environment, too; notes all.
echo $$ >> pids
sleep 100000 & echo $! >> pids
sh -c 'sleep 100000 & echo $! >> pids; echo $$ >> pids; wait' &
(setsid sh -c 'sleep 100000 & echo $! >> pids; echo $$ >> pids; echo > left.'$$'; wait' &)
(env -i PATH="$PATH" setsid sh -c 'sleep 100000 & echo $! >> pids; echo $$ >> pids; echo > bare.'$$'; wait' &)
while [ ! -e left.$$ ] || [ ! -e bare.$$ ]; do sleep 0.01; done
echo ready
wait
