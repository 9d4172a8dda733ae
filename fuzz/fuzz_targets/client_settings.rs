//! Feeds what libFuzzer invents to `usher_fuzz::client_settings`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::client_settings(data));
