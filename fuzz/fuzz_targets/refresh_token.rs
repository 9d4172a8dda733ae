//! Feeds what libFuzzer invents to `usher_fuzz::refresh_token`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::refresh_token(data));
