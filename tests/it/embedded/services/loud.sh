#!/bin/sh
# A hundred million bytes, then a line of a million.
yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c 100000000
head -c 1000000 /dev/zero | tr '\0' x
echo
echo end >&2
