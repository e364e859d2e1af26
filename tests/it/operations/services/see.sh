#!/bin/sh
# Writes down what it was started with, in the file that SEEN names and one more for each instance.
seen="$SEEN${NODE_APP_INSTANCE-}${WORKER-}"
{
  tr '\0' '\n' < /proc/$$/cmdline | sed 's/^/argument: /'
  echo "directory: $(readlink /proc/$$/cwd)"
  tr '\0' '\n' < /proc/$$/environ | sort | sed 's/^/variable: /'
  # Of the signals, those that have names.
  grep -E '^SigIgn' /proc/$$/status | grep -o '.......$'
  grep -E '^Umask' /proc/$$/status
  grep -E '^Max (open files|core file size|stack size)' /proc/$$/limits
  [ "$(ps -o sid= -p $$ | tr -d ' ')" = $$ ] && echo 'leads a session'
  ps -o ni= -p $$
} > "$seen.part"
mv "$seen.part" "$seen"
exec sleep 100000
