//! Feeds what libFuzzer invents to `usher_fuzz::json_object`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::json_object(data));
