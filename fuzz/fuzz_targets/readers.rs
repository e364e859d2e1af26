//! What is read when a command runs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| promethean_fuzz::readers::read(bytes));
