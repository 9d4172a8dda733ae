//! Feeds what libFuzzer invents to `usher_fuzz::public_jwk`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::public_jwk(data));
