#!/bin/sh
# Runs Asterisk for a sandbox and outlives the sandbox's process, however that ends, to clear up after it.
#
#   guardian.sh FOLDER      (FOLDER/start starts this sandbox's Asterisk)
#
# stdin is a pipe from the sandbox's process: a line on it means start, and each further one start again, because
# Asterisk has died; its end means that the process stops, or is gone, and then Asterisk is ended and FOLDER removed.
# The first Asterisk alone holds stdout while it runs, so that the process sees the end of that when it dies.
folder=$1
trap '' HUP INT TERM

asterisk=
while read -r _; do
  if [ -n "$asterisk" ]; then wait "$asterisk"; fi
  # A guardian that is killed itself takes Asterisk with it, where the system can do that.
  set -- sh "$folder/start"
  if command -v setpriv >/dev/null; then set -- setpriv --pdeathsig KILL "$@"; fi
  "$@" </dev/null 2>&1 &
  asterisk=$!
  exec >/dev/null
done

if [ -n "$asterisk" ]; then
  kill -TERM "$asterisk" 2>/dev/null
  # Not reaped before `wait`, so the number can not have become another process's.
  (
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do sleep 0.1; done
    kill -KILL "$asterisk"
  ) >/dev/null 2>&1 &
  killer=$!
  wait "$asterisk"
  kill -KILL "$killer" 2>/dev/null
fi
rm -rf "$folder"
