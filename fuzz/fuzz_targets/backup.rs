//! Feeds what libFuzzer invents to `usher_fuzz::backup`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::backup(data));
