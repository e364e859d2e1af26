//! Ecosystems with mistakes in them.

#![no_main]

libfuzzer_sys::fuzz_target!(|ecosystem: promethean_fuzz::Ecosystem| ecosystem.hold());
