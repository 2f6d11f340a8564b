//! Capital and small letters, and names in the shapes that programs want.

use super::super::go::{Budget, Function, Value, Yield};
use super::args::{string, whole};
use super::text::made;

/// The functions.
pub static FUNCTIONS: [Function; 11] = [
    Function::pure("upper", 1, 1, upper),
    Function::pure("lower", 1, 1, lower),
    Function::pure("title", 1, 1, title),
    Function::pure("untitle", 1, 1, untitle),
    Function::pure("swapcase", 1, 1, swapcase),
    Function::pure("initials", 1, 1, initials),
    Function::pure("snakecase", 1, 1, snakecase),
    Function::pure("kebabcase", 1, 1, kebabcase),
    Function::pure("camelcase", 1, 1, camelcase),
    Function::pure("abbrev", 2, 2, abbrev),
    Function::pure("abbrevboth", 3, 3, abbrevboth),
];

/// One letter for one, as Go has it.
fn up(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn down(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn upper(_: &mut Budget, args: &[Value]) -> Yield {
    made(string(args, 0)?.chars().map(up).collect::<String>())
}

fn lower(_: &mut Budget, args: &[Value]) -> Yield {
    made(string(args, 0)?.chars().map(down).collect::<String>())
}

fn title(_: &mut Budget, args: &[Value]) -> Yield {
    let parts = |c: char| match c.is_ascii() {
        true => !(c.is_ascii_alphanumeric() || c == '_'),
        false => c.is_whitespace(),
    };
    let mut before = ' ';
    let letter = |c: char| {
        let out = if parts(before) { up(c) } else { c };
        before = c;
        out
    };
    made(string(args, 0)?.chars().map(letter).collect::<String>())
}

fn untitle(_: &mut Budget, args: &[Value]) -> Yield {
    let mut begins = true;
    let letter = |c: char| {
        let out = if begins { down(c) } else { c };
        begins = c.is_whitespace();
        out
    };
    made(string(args, 0)?.chars().map(letter).collect::<String>())
}

fn swapcase(_: &mut Budget, args: &[Value]) -> Yield {
    let mut blank = true;
    let letter = |c: char| {
        let out = match c {
            c if c.is_uppercase() => down(c),
            c if c.is_lowercase() && blank => up(c),
            c if c.is_lowercase() => up(c),
            c => c,
        };
        blank = c.is_whitespace();
        out
    };
    made(string(args, 0)?.chars().map(letter).collect::<String>())
}

fn initials(_: &mut Budget, args: &[Value]) -> Yield {
    let text = string(args, 0)?;
    made(
        text.split(char::is_whitespace)
            .filter_map(|word| word.chars().next())
            .collect::<String>(),
    )
}

fn snakecase(_: &mut Budget, args: &[Value]) -> Yield {
    made(parted(&string(args, 0)?, '_'))
}

fn kebabcase(_: &mut Budget, args: &[Value]) -> Yield {
    made(parted(&string(args, 0)?, '-'))
}

/// `FirstName` → `first_name`, `HTTPServer` → `http_server`, `a b` → `a_b`; a number clings to the letters before it.
fn parted(text: &str, mark: char) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_mark = |c: char| c == '_' || c == '-' || c.is_whitespace();
    let mut out = String::new();
    for (at, c) in letters.iter().copied().enumerate() {
        if is_mark(c) {
            out.push(mark);
            continue;
        }
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let begins = match before {
            Some(before) if !is_mark(before) && c.is_uppercase() => {
                !before.is_uppercase() || after.is_some_and(char::is_lowercase)
            }
            _ => false,
        };
        if begins {
            out.push(mark);
        }
        out.push(down(c));
    }
    out
}

fn camelcase(_: &mut Budget, args: &[Value]) -> Yield {
    let text = string(args, 0)?;
    let is_mark = |c: char| c == '_' || c == '-' || c.is_whitespace();
    let lead: String = text.chars().take_while(|c| is_mark(*c)).collect();
    let mut out = lead.clone();
    let mut begins = true;
    let mut marks = String::new();
    for c in text.chars().skip(lead.chars().count()) {
        if is_mark(c) {
            begins = true;
            marks.push(c);
            continue;
        }
        marks.clear();
        out.push(if begins { up(c) } else { down(c) });
        begins = false;
    }
    // What is trailing stays.
    made(out + &marks)
}

fn abbrev(_: &mut Budget, args: &[Value]) -> Yield {
    made(shortened(&string(args, 1)?, 0, whole(args, 0)?))
}

fn abbrevboth(_: &mut Budget, args: &[Value]) -> Yield {
    let (left, right) = (whole(args, 0)?, whole(args, 1)?);
    let text = string(args, 2)?;
    if right < 4 || left > 0 && right < 7 {
        return made(text);
    }
    made(shortened(&text, left, right))
}

/// At most `width` bytes of a text, with dots where something is left out.
fn shortened(text: &str, offset: i64, width: i64) -> String {
    let letters: Vec<char> = text.chars().collect();
    let length = letters.len();
    let (Ok(width), Ok(offset)) = (usize::try_from(width), usize::try_from(offset.max(0))) else {
        return text.to_owned();
    };
    if width < 4 || length <= width {
        return text.to_owned();
    }
    let mut offset = offset.min(length);
    if length - offset < width - 3 {
        offset = length - (width - 3);
    }
    let cut = |from: usize, to: usize| letters[from..to].iter().collect::<String>();
    if offset <= 4 {
        return cut(0, width - 3) + "...";
    }
    if width < 7 {
        return text.to_owned();
    }
    if offset + width - 3 < length {
        let rest = cut(offset, length);
        return format!(
            "...{}",
            shortened(&rest, 0, i64::try_from(width - 3).unwrap_or(4))
        );
    }
    format!("...{}", cut(length - (width - 3), length))
}
