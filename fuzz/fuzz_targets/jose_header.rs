//! Feeds what libFuzzer invents to `usher_fuzz::jose_header`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::jose_header(data));
