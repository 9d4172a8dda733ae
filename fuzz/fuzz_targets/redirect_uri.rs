//! Feeds what libFuzzer invents to `usher_fuzz::redirect_uri`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::redirect_uri(data));
