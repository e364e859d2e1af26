#!/bin/sh
# Stands in for `chroma run`: says who it is, keeps running, and stops on a signal.
name=${PM2_PROCESS_NAME:-chromadb}
trap 'echo "$name: stopped"; kill "$waiting" 2>/dev/null; exit 0' INT TERM
echo "$name: keeps vectors"
while :; do
  sleep 3600 &
  waiting=$!
  wait "$waiting"
done
