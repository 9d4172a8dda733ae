//! The look that the server's pages and the demo share: custom properties of colours, sizes and the radius. What is done with them is each
//! page's own.

/// The beginning of every stylesheet.
pub const CSS: &str = include_str!("look.css");
