//! The pages and the demo in a real browser: Debian's Chromium, driven over chromedriver. What a browser adds to a test: redirects,
//! cookies, focus, scripts, policies and colours are its own, not ours. Where it is not installed these tests say so and end, unless
//! `USHER_REQUIRE_BROWSER=1` or `CI=true` demand it.

mod account;
mod chromium;
mod framing;
mod looks;
mod modes;
mod new_password;
mod sign_in_page;
mod single_page;
mod walker;
mod walks;
mod web_message;
mod without_scripts;
