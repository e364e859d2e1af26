#!/bin/sh
exec chroma run --path ./data
