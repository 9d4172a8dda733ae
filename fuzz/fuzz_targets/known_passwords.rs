//! Feeds what libFuzzer invents to `usher_fuzz::known_passwords`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::known_passwords(data));
