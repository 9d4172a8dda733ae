//! An application's colour, corrected until text in it and text on it can be read (WCAG 2.2 §1.4.3).

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb {
    /// Red.
    pub red: u8,
    /// Green.
    pub green: u8,
    /// Blue.
    pub blue: u8,
}

/// WCAG 2.2 §1.4.3: "a contrast ratio of at least 4.5:1".
const READABLE: f64 = 4.5;

/// What colours are shown on, and the text that stands on them, as in the stylesheet.
struct Scheme {
    paper: Rgb,
    card: Rgb,
    accent_ink: Rgb,
    /// Where a colour moves until it can be read.
    towards: Rgb,
}

const LIGHT: Scheme = Scheme {
    paper: Rgb::new(0xf4_f5_f7),
    card: Rgb::new(0xff_ff_ff),
    accent_ink: Rgb::new(0xff_ff_ff),
    towards: Rgb::new(0x00_00_00),
};
const DARK: Scheme = Scheme {
    paper: Rgb::new(0x0f_11_15),
    card: Rgb::new(0x18_1b_21),
    accent_ink: Rgb::new(0x0f_11_15),
    towards: Rgb::new(0xff_ff_ff),
};

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn parse(text: &str) -> Option<Self> {
        let hex =
            text.strip_prefix('#').filter(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()))?;
        Some(Self::new(u32::from_str_radix(hex, 16).ok()?))
    }

    /// The colour `0xrrggbb`.
    const fn new(value: u32) -> Self {
        let [_, red, green, blue] = value.to_be_bytes();
        Self { red, green, blue }
    }

    /// This colour moved towards another by some hundredths.
    fn mixed(self, other: Self, hundredths: u32) -> Self {
        let mix = |a: u8, b: u8| {
            let sum = u32::from(a) * (100 - hundredths) + u32::from(b) * hundredths;
            u8::try_from(sum / 100).unwrap_or(u8::MAX)
        };
        Self {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// WCAG 2.2, "relative luminance".
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl Scheme {
    /// The nearest colour on the way that can be read on paper and card, and on which text can be read.
    fn corrected(&self, colour: Rgb) -> Rgb {
        let readable =
            |c: &Rgb| [self.paper, self.card, self.accent_ink].iter().all(|o| c.contrast(*o) >= READABLE);
        (0..=100).map(|h| colour.mixed(self.towards, h)).find(readable).unwrap_or(self.towards)
    }
}

/// A stylesheet (`text/css; charset=utf-8`) that gives pages an application's colour: `--accent` and the text on it,
/// `--accent-ink`, in light and dark.
pub fn application_style(colour: Rgb) -> String {
    format!(
        ":root{{--accent:{};--accent-ink:{}}}\n@media(prefers-color-scheme:dark){{:root{{--accent:{};--accent-ink:{}}}}}\n",
        LIGHT.corrected(colour),
        LIGHT.accent_ink,
        DARK.corrected(colour),
        DARK.accent_ink,
    )
}

#[cfg(test)]
mod tests;
