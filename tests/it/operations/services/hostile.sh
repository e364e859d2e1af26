#!/bin/sh
# Writes what a terminal would obey, in lines of a log or as the last words of a probe: the clipboard, a
# cleared screen, a line over the one before, another direction of writing, control characters of both
# blocks, bytes that are no text, and a line that does not end for long. Then it does what it is told.
bad='\033]52;c;ZXZpbA==\007\033[2J\033[31mred\033[0m over\rerror: \342\200\256turned \302\2332J raw \233\377'
printf "$bad\n"
printf "$bad\n" >&2
printf '%3000s\n' long | tr ' ' x >&2
printf "last $bad\n" >&2
[ $# -gt 0 ] || exit 3
exec "$@"
