#!/bin/sh
# Fails when it is told to.
while [ ! -e fail ]; do sleep 0.02; done
exit 7
