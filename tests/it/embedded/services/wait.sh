#!/bin/sh
# Ends when it is told to.
while [ ! -e end ]; do sleep 0.02; done
