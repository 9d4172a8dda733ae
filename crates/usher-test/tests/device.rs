//! Temporary: this folder alone.
#[path = "suite/device/mod.rs"]
mod device;
