#!/bin/sh
# Crashes once, when it is told to.
echo $$ >> crashes
while [ ! -e crash ]; do sleep 0.02; done
[ "$(wc -l < crashes)" -gt 1 ] || exit 7
exec sleep 100000
