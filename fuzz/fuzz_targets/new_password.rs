//! Feeds what libFuzzer invents to `usher_fuzz::new_password`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::new_password(data));
