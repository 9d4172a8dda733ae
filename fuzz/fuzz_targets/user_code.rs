//! Feeds what libFuzzer invents to `usher_fuzz::user_code`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::user_code(data));
