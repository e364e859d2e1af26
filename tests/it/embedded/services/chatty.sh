#!/bin/sh
# Two million bytes at once, then a line again and again, and a note of it.
yes 0123456789abcdefghijklmnopqrstuvwxyz | head -c 2000000
while :; do echo tick; echo tick >> "ticks.$NAME"; sleep 0.02; done
