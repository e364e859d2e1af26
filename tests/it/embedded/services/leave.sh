#!/bin/sh
# Ends at once, and leaves a process that ends when there is a file `over`.
# What is ignored when it is started, it ignores from its first moment on.
trap '' INT TERM
until [ -e over ]; do sleep 0.05; done &
echo left
