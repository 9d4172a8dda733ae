//! Feeds what libFuzzer invents to `usher_fuzz::scope_item`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::scope_item(data));
