//! The files that every page uses: one stylesheet and one icon. Both are part of the program.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::OnceLock;
use usher_types::Endpoint;

const STYLE: &[u8] = include_bytes!("../assets/usher.css");

/// The stylesheet (`text/css; charset=utf-8`) and the hash of its content, for `?v=`: an address with this hash can be
/// cached for ever.
pub fn style_css() -> (&'static [u8], &'static str) {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| {
        let mut text = URL_SAFE_NO_PAD.encode(digest(&SHA256, STYLE));
        text.truncate(16);
        text
    });
    (STYLE, hash)
}

/// The icon: an ICO file (`image/x-icon`), which every browser understands.
pub fn icon() -> &'static [u8] {
    include_bytes!("../assets/favicon.ico")
}

/// The address of the stylesheet.
pub(crate) fn style_href() -> String {
    format!("{}?v={}", Endpoint::Style.path(), style_css().1)
}
