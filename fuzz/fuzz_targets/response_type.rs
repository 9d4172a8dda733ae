//! Feeds what libFuzzer invents to `usher_fuzz::response_type`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::response_type(data));
