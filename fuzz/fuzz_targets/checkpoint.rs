//! Feeds what libFuzzer invents to `usher_fuzz::checkpoint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::checkpoint(data));
