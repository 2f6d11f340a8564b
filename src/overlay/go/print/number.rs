//! Numbers by a verb.

use super::super::value::Int;
use super::printer::Printer;
use super::quote::{printable, quote};

impl Printer {
    /// A whole number.
    pub fn whole(&mut self, number: i128, of: Int, verb: char) {
        let code = u32::try_from(number).ok().and_then(char::from_u32);
        let code = code.unwrap_or(char::REPLACEMENT_CHARACTER);
        let flags = self.flags;
        let digits = match verb {
            'c' => return self.pad(code.to_string().as_bytes()),
            'q' => {
                let quoted = quote(code.to_string().as_bytes(), '\'', flags.plus);
                return self.pad(&quoted);
            }
            'U' => {
                let mut text = format!("U+{number:04X}");
                if flags.sharp && printable(code) {
                    text.push_str(&format!(" '{code}'"));
                }
                (self.flags.zero, self.flags.precision) = (false, None);
                self.pad(text.as_bytes());
                self.flags = flags;
                return;
            }
            'v' if flags.source && of.unsigned() => format!("0x{:x}", number.unsigned_abs()),
            'b' => format!("{:b}", number.unsigned_abs()),
            'o' | 'O' => format!("{:o}", number.unsigned_abs()),
            'x' => format!("{:x}", number.unsigned_abs()),
            'X' => format!("{:X}", number.unsigned_abs()),
            _ => number.unsigned_abs().to_string(),
        };
        let sign = match number < 0 {
            true => "-",
            false if flags.plus => "+",
            false if flags.space => " ",
            false => "",
        };
        let mut least = flags.precision.unwrap_or(0);
        if flags.precision == Some(0) && number == 0 {
            self.flags.zero = false;
            self.pad(b"");
            self.flags = flags;
            return;
        }
        if flags.precision.is_none() && flags.zero && !flags.minus {
            least = flags.width.unwrap_or(0).saturating_sub(sign.len());
        }
        let mut text = "0".repeat(least.saturating_sub(digits.len())) + &digits;
        let prefix = match verb {
            'b' if flags.sharp => "0b",
            'o' if flags.sharp && !text.starts_with('0') => "0",
            'x' if flags.sharp => "0x",
            'X' if flags.sharp => "0X",
            'O' => "0o",
            _ => "",
        };
        text = format!("{sign}{prefix}{text}");
        self.flags.zero = false;
        self.pad(text.as_bytes());
        self.flags = flags;
    }

    /// A number with a point.
    pub fn float(&mut self, number: f64, verb: char) {
        let flags = self.flags;
        let finite = number.is_finite();
        let sign = match number.is_sign_negative() && !number.is_nan() {
            true => "-",
            // Go always writes the sign of an infinite number.
            false if flags.plus || number.is_infinite() => "+",
            false if flags.space => " ",
            false => "",
        };
        let body = match finite {
            false if number.is_nan() => "NaN".to_owned(),
            false => "Inf".to_owned(),
            true => float_text(number, verb, flags.precision),
        };
        let zeros = match flags.zero && finite && !flags.minus {
            true => flags
                .width
                .unwrap_or(0)
                .saturating_sub(sign.len() + body.len()),
            false => 0,
        };
        self.flags.zero = false;
        let text = format!("{sign}{}{body}", "0".repeat(zeros));
        self.pad(text.as_bytes());
        self.flags = flags;
    }
}

fn float_text(number: f64, verb: char, precision: Option<usize>) -> String {
    let number = number.abs();
    match verb {
        'e' | 'E' => {
            let text = format!("{number:.*e}", precision.unwrap_or(6));
            let text = power(&text);
            if verb == 'E' {
                text.to_uppercase()
            } else {
                text
            }
        }
        'f' | 'F' => format!("{number:.*}", precision.unwrap_or(6)),
        _ => {
            let precision = precision.map(|p| p.max(1));
            let (digits, point) = digits(number, precision);
            let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
            let most = match precision {
                None => 6,
                Some(p) => {
                    let p = i32::try_from(p).unwrap_or(i32::MAX);
                    if p > count && count >= point {
                        count
                    } else {
                        p
                    }
                }
            };
            let exponent = point - 1;
            let text = if exponent < -4 || exponent >= most {
                let (first, rest) = digits.split_at(1);
                let dot = if rest.is_empty() { "" } else { "." };
                power(&format!("{first}{dot}{rest}e{exponent}"))
            } else {
                let decimals = usize::try_from(count - point).unwrap_or(0);
                format!("{number:.decimals$}")
            };
            if verb == 'G' {
                text.to_uppercase()
            } else {
                text
            }
        }
    }
}

/// Go writes a power of ten with its sign and at least two digits.
fn power(text: &str) -> String {
    let (mantissa, power) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, digits) = match power.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', power),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The shortest digits of a number that mean it alone, and where the point stands before them: `(123, 1)` is 1.23.
fn digits(number: f64, precision: Option<usize>) -> (String, i32) {
    let text = match precision {
        Some(precision) => format!("{:.*e}", precision.saturating_sub(1), number.abs()),
        None => format!("{:e}", number.abs()),
    };
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = mantissa.replace('.', "");
    let digits = digits.trim_end_matches('0');
    let power: i32 = power.parse().unwrap_or(0);
    match digits {
        "" => ("0".into(), 1),
        digits => (digits.to_owned(), power + 1),
    }
}
