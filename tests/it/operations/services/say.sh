#!/bin/sh
# Says lines of several kinds, and then nothing more.
echo "one of ${NODE_APP_INSTANCE}"
echo "complains" >&2
printf 'two\n\n  three\tä日 "quoted" \\n\n'
echo "last"
exec sleep 100000
