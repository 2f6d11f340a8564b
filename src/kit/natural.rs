//! The order in which people expect names: `n2` before `n10`.

use std::cmp::Ordering;

/// Compares two texts so that runs of digits count as numbers. Texts that differ only in leading zeros fall back to plain order,
/// so that only equal texts compare equal.
#[must_use]
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    loop {
        match (x.first(), y.first()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(i), Some(j)) if i.is_ascii_digit() && j.is_ascii_digit() => {
                let (m, n) = (number(&mut x), number(&mut y));
                let order = m.len().cmp(&n.len()).then_with(|| m.cmp(n));
                if order.is_ne() {
                    return order;
                }
            }
            (Some(i), Some(j)) if i != j => return i.cmp(j),
            _ => {
                x = &x[1..];
                y = &y[1..];
            }
        }
    }
}

/// Takes the digits off the front of `text` and returns them without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|b| **b == b'0').count();
    &digits[zeros..]
}
