//! Feeds what libFuzzer invents to `usher_fuzz::exchange_request`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::exchange_request(data));
