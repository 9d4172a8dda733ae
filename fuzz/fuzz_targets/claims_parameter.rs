//! Feeds what libFuzzer invents to `usher_fuzz::claims_parameter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::claims_parameter(data));
