//! QR codes (ISO/IEC 18004) as SVG: one path of squares on white, without script or style, readable in light and dark.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// Modules of white that a reader needs around the code.
const QUIET: usize = 4;

/// A text as a QR code, about 15 % of which may be dirty; `None` where it does not fit into one.
pub fn svg(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let colours = code.to_colors();
    let mut path = String::new();
    for (y, row) in colours.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run.first() == Some(&Color::Dark) {
                write!(path, "M{} {}h{}v1h-{}z", x + QUIET, y + QUIET, run.len(), run.len()).ok()?;
            }
            x += run.len();
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The squares of the dark path, drawn as a reader's camera would see them.
    fn read(svg: &str) -> String {
        const PIXELS: usize = 4;
        let side: usize =
            svg.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let path = svg.split("fill=\"#000\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut dark = vec![false; side * side];
        for square in path.split('M').filter(|s| !s.is_empty()) {
            let (at, length) = square.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = length.split('v').next().unwrap().parse().unwrap();
            dark[y * side + x..y * side + x + length].fill(true);
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * PIXELS, side * PIXELS, |x, y| {
            if dark[y / PIXELS * side + x / PIXELS] { 0 } else { 255 }
        });
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn another_programs_reader_reads_what_was_written() {
        for text in [
            "https://id.example/device?user_code=WDJB-MJHT",
            "http://localhost:8080/a-pool/device?user_code=BCDF-GHJK",
            &format!("https://{}.example/device?user_code=WDJB-MJHT", "a".repeat(63)),
        ] {
            assert_eq!(read(&svg(text).unwrap()), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_no_code() {
        assert!(svg(&"x".repeat(5_000)).is_none());
    }
}
