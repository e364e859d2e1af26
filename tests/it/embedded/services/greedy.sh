#!/bin/sh
# More than 20 MB.
kept=$(head -c 40000000 /dev/zero | tr '\0' x)
echo "holds ${#kept} bytes"
while :; do sleep 1; done
