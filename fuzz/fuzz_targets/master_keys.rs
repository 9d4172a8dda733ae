//! Feeds what libFuzzer invents to `usher_fuzz::master_keys`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::master_keys(data));
