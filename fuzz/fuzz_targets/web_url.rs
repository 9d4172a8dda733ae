//! Feeds what libFuzzer invents to `usher_fuzz::web_url`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::web_url(data));
