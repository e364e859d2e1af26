#!/bin/sh
echo one; printf 'tw'; sleep 0.2; echo o; printf three
