//! Numbers.

use super::super::go::{Budget, Function, Int, MANY, Value, Yield};
use super::args::{float, number, spelled, string, whole};

/// The functions.
pub static FUNCTIONS: [Function; 26] = [
    Function::pure("add", 0, MANY, |_, args| {
        ints(args.iter().map(number).fold(0, i64::wrapping_add))
    }),
    Function::pure("add1", 1, 1, |_, args| {
        ints(number(&args[0]).wrapping_add(1))
    }),
    Function::pure("sub", 2, 2, |_, args| {
        ints(number(&args[0]).wrapping_sub(number(&args[1])))
    }),
    Function::pure("mul", 1, MANY, |_, args| {
        ints(args.iter().map(number).fold(1, i64::wrapping_mul))
    }),
    Function::pure("div", 2, 2, div),
    Function::pure("mod", 2, 2, modulo),
    Function::pure("max", 1, MANY, |_, args| {
        ints(args.iter().map(number).max().unwrap_or(0))
    }),
    Function::pure("biggest", 1, MANY, |_, args| {
        ints(args.iter().map(number).max().unwrap_or(0))
    }),
    Function::pure("min", 1, MANY, |_, args| {
        ints(args.iter().map(number).min().unwrap_or(0))
    }),
    Function::pure("maxf", 1, MANY, |_, args| {
        floats(args.iter().map(float).fold(f64::NEG_INFINITY, f64::max))
    }),
    Function::pure("minf", 1, MANY, |_, args| {
        floats(args.iter().map(float).fold(f64::INFINITY, f64::min))
    }),
    Function::pure("add1f", 1, 1, |_, args| {
        floats(exact(float(&args[0]) + 1.0))
    }),
    Function::pure("addf", 0, MANY, |_, args| {
        floats(args.iter().map(float).fold(0.0, |a, b| exact(a + b)))
    }),
    Function::pure("subf", 1, MANY, |_, args| fold(args, |a, b| Ok(a - b))),
    Function::pure("mulf", 1, MANY, |_, args| fold(args, |a, b| Ok(a * b))),
    Function::pure("divf", 1, MANY, |_, args| fold(args, divided)),
    Function::pure("ceil", 1, 1, |_, args| floats(float(&args[0]).ceil())),
    Function::pure("floor", 1, 1, |_, args| floats(float(&args[0]).floor())),
    Function::pure("round", 2, 3, round),
    Function::pure("int", 1, 1, |_, args| {
        Ok(Value::Int(number(&args[0]).into(), Int::Int))
    }),
    Function::pure("int64", 1, 1, |_, args| ints(number(&args[0]))),
    Function::pure("float64", 1, 1, |_, args| floats(float(&args[0]))),
    Function::pure("atoi", 1, 1, atoi),
    Function::pure("toDecimal", 1, 1, to_decimal),
    Function::pure("duration", 1, 1, duration),
    Function::pure("adler32sum", 1, 1, adler32),
];

#[allow(clippy::unnecessary_wraps)]
fn ints(number: i64) -> Yield {
    Ok(Value::int64(number))
}

#[allow(clippy::unnecessary_wraps)]
fn floats(number: f64) -> Yield {
    Ok(Value::Float(number))
}

/// Sprig reckons in decimals: 0.1 and 0.2 are 0.3.
fn exact(number: f64) -> f64 {
    format!("{number:.15e}").parse::<f64>().unwrap_or(number)
}

fn fold(args: &[Value], by: impl Fn(f64, f64) -> Result<f64, String>) -> Yield {
    let (first, rest) = args.split_first().ok_or("nothing to reckon with")?;
    let mut value = float(first);
    for other in rest {
        value = exact(by(value, float(other))?);
    }
    floats(value)
}

fn divided(a: f64, b: f64) -> Result<f64, String> {
    if b == 0.0 {
        return Err("division by 0".into());
    }
    // Sprig's decimals end after 16 places.
    format!("{:.16}", a / b)
        .parse()
        .map_err(|_| "is no number".into())
}

fn div(_: &mut Budget, args: &[Value]) -> Yield {
    number(&args[0])
        .checked_div(number(&args[1]))
        .map(Value::int64)
        .ok_or_else(|| "division by 0".into())
}

fn modulo(_: &mut Budget, args: &[Value]) -> Yield {
    number(&args[0])
        .checked_rem(number(&args[1]))
        .map(Value::int64)
        .ok_or_else(|| "division by 0".into())
}

fn round(_: &mut Budget, args: &[Value]) -> Yield {
    let (value, places) = (float(&args[0]), whole(args, 1)?);
    let up = args.get(2).map_or(0.5, float);
    let power = 10_f64.powi(i32::try_from(places.clamp(-400, 400)).unwrap_or(0));
    let digit = power * value;
    let rounded = if digit.fract() >= up {
        digit.ceil()
    } else {
        digit.floor()
    };
    floats(rounded / power)
}

fn atoi(_: &mut Budget, args: &[Value]) -> Yield {
    let number: i64 = string(args, 0)?.parse().unwrap_or(0);
    Ok(Value::Int(number.into(), Int::Int))
}

/// Digits to the base of eight.
fn to_decimal(_: &mut Budget, args: &[Value]) -> Yield {
    let text = spelled(&args[0])?;
    ints(i64::from_str_radix(&String::from_utf8_lossy(&text), 8).unwrap_or(0))
}

/// Seconds as `1h2m3s`.
fn duration(_: &mut Budget, args: &[Value]) -> Yield {
    let seconds: i64 = match args[0].plain() {
        Value::Text(text) => String::from_utf8_lossy(&text).parse().unwrap_or(0),
        Value::Int(number, Int::Int64) => number as i64,
        _ => 0,
    };
    let (sign, left) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let (hours, minutes, rest) = (left / 3600, left / 60 % 60, left % 60);
    Ok(Value::text(&match (hours, minutes) {
        (0, 0) => format!("{sign}{rest}s"),
        (0, _) => format!("{sign}{minutes}m{rest}s"),
        _ => format!("{sign}{hours}h{minutes}m{rest}s"),
    }))
}

fn adler32(_: &mut Budget, args: &[Value]) -> Yield {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in super::args::text(args, 0)? {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    Ok(Value::text(&(b << 16 | a).to_string()))
}
