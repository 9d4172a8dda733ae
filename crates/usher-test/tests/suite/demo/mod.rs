//! The walks of the demo over HTTP: every mode, every way an answer travels, and every refusal, as its pages show them. What only a
//! real browser can tell is in `browser`.

mod by_browser;
mod straight;
mod visitor;
mod wrong_ways;
