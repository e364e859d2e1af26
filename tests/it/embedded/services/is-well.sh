#!/bin/sh
# Fails while there is a file, and says a secret.
[ ! -e sick ] || { echo "it is $SECRET" >&2; exit 3; }
