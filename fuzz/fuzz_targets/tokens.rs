//! Any tokens.

#![no_main]

libfuzzer_sys::fuzz_target!(|tokens: promethean_fuzz::Tokens| tokens.hold());
