//! Feeds what libFuzzer invents to `usher_fuzz::public_url`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::public_url(data));
