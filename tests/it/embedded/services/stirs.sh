#!/bin/sh
# The first one changes what is watched as soon as it runs, and takes its time to end.
[ ! -e stirred/once ] || exec sleep 100000
trap 'sleep 1; exit' INT
: > stirred/once
while :; do sleep 0.05; done
