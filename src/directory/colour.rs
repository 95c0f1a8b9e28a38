//! Colours that accounts choose, and what of them can be read.
//!
//! A colour is text on light and on dark grounds, and the ground of a button. Where it could not be read (less than
//! 4.5 : 1, WCAG 2.2, 1.4.3) it is made darker or lighter until it can.

use std::fmt;
use std::str::FromStr;

use crate::base::sentence::{Sentence, Told, sentence, told_errors};

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour([u8; 3]);

/// The text is no colour; a plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourError;

impl Told for ColourError {
    fn sentence(&self) -> Sentence {
        sentence!("a colour is # and six digits from 0 to 9 and a to f, such as #0b6b58")
    }
}

told_errors!(ColourError);

/// The grounds of our pages in the light look, the darkest of them, and in the dark one, the lightest.
const LIGHT: Colour = Colour([0xf5, 0xf6, 0xf4]);
const DARK: Colour = Colour([0x23, 0x2c, 0x28]);
const WHITE: Colour = Colour([255; 3]);
const BLACK: Colour = Colour([0; 3]);
const READABLE: f64 = 4.5;
/// Steps on the way to black or white.
const PARTS: u16 = 32;

/// A colour as the pages use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shades {
    /// As text in the light look, and as the ground of buttons there.
    pub light: Colour,
    /// As text in the dark look, and as the ground of buttons there.
    pub dark: Colour,
    /// Text on that ground in the light look.
    pub on_light: Colour,
    /// Text on that ground in the dark look.
    pub on_dark: Colour,
}

impl Colour {
    /// As the pages use it.
    #[must_use]
    pub fn shades(self) -> Shades {
        let (light, dark) = (self.until_read(LIGHT, BLACK), self.until_read(DARK, WHITE));
        Shades { light, dark, on_light: light.text_on(), on_dark: dark.text_on() }
    }

    /// The colour, mixed with `with` as little as it takes to be read on `ground`.
    fn until_read(self, ground: Self, with: Self) -> Self {
        (0..=PARTS)
            .map(|part| self.mixed(with, part))
            .find(|colour| colour.contrast(ground) >= READABLE)
            .unwrap_or(with)
    }

    fn text_on(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    fn mixed(self, with: Self, part: u16) -> Self {
        let [red, green, blue] = self.0;
        let [to_red, to_green, to_blue] = with.0;
        let mix = |from: u8, to: u8| {
            let sum = u16::from(from) * (PARTS - part) + u16::from(to) * part;
            // Between two bytes there is a byte.
            u8::try_from(sum / PARTS).unwrap_or(to)
        };
        Self([mix(red, to_red), mix(green, to_green), mix(blue, to_blue)])
    }

    /// WCAG 2.2, contrast ratio.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(self) -> f64 {
        let part = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0;
        0.2126f64.mul_add(part(red), 0.7152f64.mul_add(part(green), 0.0722 * part(blue)))
    }

    /// The six digits, without #.
    #[must_use]
    pub fn digits(self) -> String {
        self.to_string().trim_start_matches('#').to_owned()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, ColourError> {
        let digits = text.trim().strip_prefix('#').ok_or(ColourError)?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ColourError);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| ColourError)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_chosen_can_be_read() {
        for red in (0..=255).step_by(51) {
            for green in (0..=255).step_by(51) {
                for blue in (0..=255).step_by(51) {
                    let Shades { light, dark, on_light, on_dark } = Colour([red, green, blue]).shades();
                    for (text, ground) in [
                        (light, LIGHT),
                        (light, WHITE),
                        (dark, DARK),
                        (dark, Colour([0x11, 0x16, 0x14])),
                        (on_light, light),
                        (on_dark, dark),
                    ] {
                        assert!(text.contrast(ground) >= READABLE, "{text} on {ground}");
                    }
                }
            }
        }
        let readable: Colour = "#0b6b58".parse().unwrap();
        assert_eq!(readable.shades().light, readable, "what can be read stays");
        assert!((WHITE.contrast(BLACK) - 21.0).abs() < 0.001);
    }

    #[test]
    fn colours_read_back_and_nothing_else_is_one() {
        assert_eq!("#0B6b58".parse::<Colour>().unwrap().to_string(), "#0b6b58");
        for bad in ["", "#", "red", "0b6b58", "#0b6b5", "#0b6b588", "#0b6b5g", "#+b6b58", "#é6b58", "url(x)"]
        {
            assert_eq!(bad.parse::<Colour>(), Err(ColourError), "{bad}");
        }
    }
}
