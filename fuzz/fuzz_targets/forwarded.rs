//! Feeds what libFuzzer invents to `usher_fuzz::forwarded`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usher_fuzz::forwarded(data));
