#!/bin/sh
echo "stays"; echo "and complains" >&2
exec sleep 100000
