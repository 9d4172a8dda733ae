//! Feeds what libFuzzer invents to `usher_fuzz::jwk_set`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::jwk_set(data));
