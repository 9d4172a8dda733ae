//! Tests of the module above.

use super::*;
use std::collections::BTreeMap;

/// The colours of the stylesheet, light and dark.
fn schemes() -> [BTreeMap<&'static str, Rgb>; 2] {
    let css = usher_types::look::CSS;
    let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap();
    [light, dark].map(|part| {
        let block = part.split_once(":root {").unwrap().1.split_once('}').unwrap().0;
        let lines =
            block.lines().filter_map(|l| l.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "));
        lines.filter_map(|(name, value)| Some((name, Rgb::parse(value)?))).collect()
    })
}

#[test]
fn everything_that_is_read_can_be_read_in_both_schemes() {
    for scheme in schemes() {
        for (text, ground) in [
            ("ink", "paper"),
            ("ink", "card"),
            ("ink", "soft"),
            ("muted", "paper"),
            ("muted", "card"),
            ("muted", "soft"),
            ("accent", "paper"),
            ("accent", "card"),
            ("accent", "soft"),
            ("accent-ink", "accent"),
            ("danger", "card"),
            ("danger", "danger-soft"),
            ("ink", "danger-soft"),
            ("ok", "card"),
        ] {
            let contrast = scheme[text].contrast(scheme[ground]);
            assert!(contrast >= READABLE, "{text} on {ground}: {contrast:.2}");
        }
        // WCAG 2.2 §1.4.11: 3 : 1 for what shows where a field or a button is.
        for ground in ["card", "paper"] {
            assert!(scheme["edge"].contrast(scheme[ground]) >= 3.0, "edge on {ground}");
        }
    }
}

#[test]
fn the_stylesheet_has_the_grounds_that_colours_are_corrected_for() {
    for (css, ours) in schemes().into_iter().zip([LIGHT, DARK]) {
        assert_eq!(css["paper"], ours.paper);
        assert_eq!(css["card"], ours.card);
        assert_eq!(css["accent-ink"], ours.accent_ink);
    }
}

#[test]
fn every_colour_becomes_readable_in_both_schemes() {
    for step in 0..4096_u32 {
        let colour =
            Rgb::new((step >> 8 & 15) * 0x11_00_00 + (step >> 4 & 15) * 0x11_00 + (step & 15) * 0x11);
        for scheme in [LIGHT, DARK] {
            let corrected = scheme.corrected(colour);
            for ground in [scheme.paper, scheme.card, scheme.accent_ink] {
                assert!(corrected.contrast(ground) >= READABLE, "{colour} became {corrected}");
            }
        }
    }
}

#[test]
fn a_readable_colour_stays_as_it_is() {
    let colour = Rgb::parse("#7a1fa2").unwrap();
    assert_eq!(LIGHT.corrected(colour), colour);
    assert!(application_style(colour).starts_with(":root{--accent:#7a1fa2;--accent-ink:#ffffff}"));
}

#[test]
fn only_six_hexadecimal_digits_are_a_colour() {
    assert_eq!(Rgb::parse("#FF8000"), Some(Rgb { red: 255, green: 128, blue: 0 }));
    for text in ["", "#fff", "ff8000", "#ff80000", "#ff80 0", "#+f8000", "#ff8000;}", "red", "#ff800é"] {
        assert_eq!(Rgb::parse(text), None, "{text}");
    }
}

#[test]
fn contrast_is_that_of_the_specification() {
    let (black, white) = (Rgb::new(0), Rgb::new(0xff_ff_ff));
    assert!((black.contrast(white) - 21.0).abs() < 1e-9);
    assert!((Rgb::new(0x77_77_77).contrast(white) - 4.48).abs() < 0.01);
}
