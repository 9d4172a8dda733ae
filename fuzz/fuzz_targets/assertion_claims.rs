//! Feeds what libFuzzer invents to `usher_fuzz::assertion_claims`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::assertion_claims(data));
