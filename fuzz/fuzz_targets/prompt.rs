//! Feeds what libFuzzer invents to `usher_fuzz::prompt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::prompt(data));
