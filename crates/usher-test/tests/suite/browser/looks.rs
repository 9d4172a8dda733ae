//! What an application and a person's browser change in a page: colour, logo, language, darkness.

use super::chromium::{Chromium, chromium};
use base64::Engine as _;
use usher_test::TestServer;

/// A square of 40 pixels as a PNG.
const LOGO: &str = "iVBORw0KGgoAAAANSUhEUgAAACgAAAAoCAIAAAADnC86AAAAMElEQVR42u3NQQkAAAgEsGtiT+OY1BKCn8H+S9e8iFgsFovFYrFYLBaLxWKxWHxnATKSsSrRbpy0AAAAAElFTkSuQmCC";

/// Opens the sign-in page of an application.
async fn sign_in_page(browser: &Chromium, t: &TestServer, client_id: &str) {
    let request = t.application(client_id).with_pkce().request(&[]);
    browser.open(&format!("{}{request}", t.origin())).await;
    browser.see("#sign-in").await;
}

#[tokio::test]
async fn an_application_shows_its_colour_and_its_logo() {
    let Some(browser) = chromium().start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.png");
    std::fs::write(&logo, base64::engine::general_purpose::STANDARD.decode(LOGO).unwrap()).unwrap();
    let settings = format!("logo = {:?}", logo.to_str().unwrap());
    let t = TestServer::builder().application("web", &settings).start().await;

    sign_in_page(&browser, &t, "web").await;
    assert_eq!(browser.style("#sign-in", "background-color").await, "rgba(11,110,79,1)");
    assert_eq!(browser.property("img.logo", "naturalWidth").await, "40", "the picture was loaded");
    assert_eq!(browser.text(".brand").await, "Web Shop");

    sign_in_page(&browser, &t, "post").await;
    assert_eq!(browser.style("#sign-in", "background-color").await, "rgba(36,86,201,1)");
    assert_eq!(browser.count("img").await, 0);
    assert_eq!(browser.texts(".brand span").await, ["P", "Post Office"]);
    assert_eq!(browser.console().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_chinese_browser_gets_chinese_pages() {
    let Some(browser) = chromium().in_language("zh-CN").start().await else { return };
    let t = TestServer::start().await;
    sign_in_page(&browser, &t, "web").await;
    assert_eq!(browser.text("h1").await, "登录");
    assert_eq!(browser.property("html", "lang").await, "zh-Hans");
    browser.fill("#identifier", "alice").await;
    browser.click("#sign-in").await;
    assert!(browser.text("#problem").await.contains("密码"));
    browser.fill("#password", usher_test::PASSWORD).await;
    browser.click("#sign-in").await;
    assert_eq!(browser.text("#allow").await, "允许");
    browser.open(&format!("{}/nothing", t.origin())).await;
    assert_eq!(browser.property("html", "lang").await, "zh-Hans");
}

#[tokio::test]
async fn a_dark_desktop_gets_dark_pages_that_can_be_read() {
    let Some(browser) = chromium().start().await else { return };
    let t = TestServer::start().await;
    sign_in_page(&browser, &t, "web").await;
    browser.prefer("light").await;
    let light = colours(&browser).await;
    browser.prefer("dark").await;
    let dark = colours(&browser).await;
    assert!(lightness(&light.paper) > 0.8 && lightness(&light.ink) < 0.1, "{light:?}");
    assert!(lightness(&dark.paper) < 0.1 && lightness(&dark.ink) > 0.6, "{dark:?}");
    for colours in [&light, &dark] {
        // WCAG 2.2 §1.4.3: "The visual presentation of text and images of text has a contrast ratio of at least 4.5:1".
        let contrast = |a: &str, b: &str| {
            let (a, b) = (lightness(a), lightness(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        assert!(contrast(&colours.ink, &colours.card) >= 4.5, "{colours:?}");
        assert!(contrast(&colours.button_ink, &colours.button) >= 4.5, "{colours:?}");
    }
}

#[derive(Debug)]
struct Colours {
    paper: String,
    card: String,
    ink: String,
    button: String,
    button_ink: String,
}

async fn colours(browser: &Chromium) -> Colours {
    Colours {
        paper: browser.style("body", "background-color").await,
        card: browser.style(".card", "background-color").await,
        ink: browser.style("h1", "color").await,
        button: browser.style("#sign-in", "background-color").await,
        button_ink: browser.style("#sign-in", "color").await,
    }
}

/// The relative luminance of `rgba(r,g,b,a)` (WCAG 2.2, "relative luminance").
fn lightness(colour: &str) -> f64 {
    let parts = colour.split_once('(').unwrap().1.trim_end_matches(')');
    let linear = parts.split(',').take(3).map(|part| {
        let value = part.parse::<f64>().unwrap() / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    linear.zip([0.2126, 0.7152, 0.0722]).map(|(value, weight)| value * weight).sum()
}
