//! The page for when a page cannot be rendered. It depends on nothing that could have failed.

use super::{Rendered, asset, policy};
use usher_types::Locale;

/// Says that something went wrong here.
pub(crate) fn page(locale: Locale) -> Rendered {
    let (title, text) = match locale {
        Locale::English => (
            "Something went wrong here",
            "It is our mistake, not yours. Go back to the application and try again.",
        ),
        Locale::SimplifiedChinese => ("这里出了差错", "这是我们的问题，与您无关。请回到应用重试。"),
    };
    let body = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"{}\"></head><body><main class=\"card\">\
         <div id=\"error\" data-error=\"server_error\"><h1>{title}</h1><p>{text}</p></div></main></body></html>\n",
        locale.tag(),
        asset::style_href(),
    );
    Rendered { body, csp: policy::page() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_last_resort_speaks_every_language() {
        for locale in Locale::ALL {
            let page = page(locale);
            assert!(page.body.contains(&format!("lang=\"{}\"", locale.tag())));
            assert!(page.body.contains("id=\"error\" data-error=\"server_error\""));
        }
    }
}
