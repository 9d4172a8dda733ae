//! The files that every page uses: one stylesheet and one icon. Both are part of the program.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::OnceLock;
use usher_types::{Endpoint, look};

/// The stylesheet (`text/css; charset=utf-8`) and the hash of its content, for `?v=`: an address with this hash can be
/// cached for ever.
pub fn style_css() -> (&'static [u8], &'static str) {
    static STYLE: OnceLock<(String, String)> = OnceLock::new();
    let (style, hash) = STYLE.get_or_init(|| {
        let style = [look::CSS, include_str!("../assets/usher.css")].concat();
        let mut hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, style.as_bytes()));
        hash.truncate(16);
        (style, hash)
    });
    (style.as_bytes(), hash)
}

/// The icon: an ICO file (`image/x-icon`), which every browser understands.
pub fn icon() -> &'static [u8] {
    include_bytes!("../assets/favicon.ico")
}

/// The address of the stylesheet.
pub(crate) fn style_href() -> String {
    format!("{}?v={}", Endpoint::Style.path(), style_css().1)
}
