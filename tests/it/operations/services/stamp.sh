#!/bin/sh
# Writes down when it started, then does what it is told, or nothing for a long time.
echo "$NAME $(date +%s%N)" >> "$STAMPS"
[ $# -gt 0 ] || exec sleep 100000
exec "$@"
