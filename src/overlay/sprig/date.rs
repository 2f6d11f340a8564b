//! Dates, in UTC: an archive must not depend on the zone of the server that makes it.

use bytes::Bytes;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use super::super::go::{Budget, Function, Int, Object, Value, Yield, print};
use super::args::string;

/// The functions. `now` is the host's: the time for which a template is rendered.
pub static FUNCTIONS: [Function; 13] = [
    Function::pure("date", 2, 2, date),
    Function::pure("dateInZone", 3, 3, date_in_zone),
    Function::pure("date_in_zone", 3, 3, date_in_zone),
    Function::pure("htmlDate", 1, 1, |_, args| {
        shown("2006-01-02", &args[0], None)
    }),
    Function::pure("htmlDateInZone", 2, 2, |_, args| {
        shown("2006-01-02", &args[0], Some(&string(args, 1)?))
    }),
    Function::pure("dateModify", 2, 2, |_, args| modified(args, false)),
    Function::pure("date_modify", 2, 2, |_, args| modified(args, false)),
    Function::pure("mustDateModify", 2, 2, |_, args| modified(args, true)),
    Function::pure("must_date_modify", 2, 2, |_, args| modified(args, true)),
    Function::pure("toDate", 2, 2, to_date),
    Function::pure("mustToDate", 2, 2, to_date),
    Function::pure("unixEpoch", 1, 1, unix),
    Function::pure("durationRound", 1, 1, duration_round),
];

/// A time, as templates hold it.
#[derive(Debug)]
pub struct Time(pub Timestamp);

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn member(&self, name: &str, args: &[Value]) -> Option<Yield> {
        let here = self.0.to_zoned(TimeZone::UTC);
        let int = |number: i64| Some(Ok(Value::Int(number.into(), Int::Int)));
        match name {
            "Unix" => Some(Ok(Value::int64(self.0.as_second()))),
            "Year" => int(here.year().into()),
            "Day" => int(here.day().into()),
            "Hour" => int(here.hour().into()),
            "Minute" => int(here.minute().into()),
            "Second" => int(here.second().into()),
            "YearDay" => int(here.day_of_year().into()),
            "Format" => Some(string(args, 0).map(|layout| Value::text(&format(&here, &layout)))),
            _ => None,
        }
    }

    fn is_method(&self, name: &str) -> bool {
        name == "Format"
    }

    fn names(&self) -> Vec<&'static str> {
        vec![
            "Unix", "Year", "Day", "Hour", "Minute", "Second", "YearDay", "Format",
        ]
    }

    fn text(&self) -> Option<Bytes> {
        let here = self.0.to_zoned(TimeZone::UTC);
        let layout = match self.0.subsec_nanosecond() {
            0 => "2006-01-02 15:04:05 -0700 MST",
            _ => "2006-01-02 15:04:05.999999999 -0700 MST",
        };
        Some(format(&here, layout).into())
    }

    fn any(&self) -> &dyn std::any::Any {
        self
    }
}

/// What a value says of time: a time, or seconds of Unix.
fn moment(value: &Value) -> Result<Timestamp, String> {
    match value {
        Value::Object(object) => match object.any().downcast_ref::<Time>() {
            Some(time) => Ok(time.0),
            None => Err(format!("{} is no date", print::told(value))),
        },
        Value::Int(number, _) => i64::try_from(*number)
            .ok()
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .ok_or_else(|| "the date lies too far away".into()),
        other => Err(format!(
            "{} is no date; `now` and numbers of seconds are",
            print::told(other)
        )),
    }
}

fn shown(layout: &str, value: &Value, zone: Option<&str>) -> Yield {
    let zone = zone.filter(|zone| !matches!(*zone, "Local" | "" | "UTC"));
    let zone = zone
        .and_then(|zone| TimeZone::get(zone).ok())
        .unwrap_or(TimeZone::UTC);
    Ok(Value::text(&format(&moment(value)?.to_zoned(zone), layout)))
}

fn date(_: &mut Budget, args: &[Value]) -> Yield {
    shown(&string(args, 0)?, &args[1], None)
}

fn date_in_zone(_: &mut Budget, args: &[Value]) -> Yield {
    shown(&string(args, 0)?, &args[1], Some(&string(args, 2)?))
}

fn unix(_: &mut Budget, args: &[Value]) -> Yield {
    Ok(Value::text(&moment(&args[0])?.as_second().to_string()))
}

fn modified(args: &[Value], must: bool) -> Yield {
    let (text, from) = (string(args, 0)?, moment(&args[1])?);
    match span(&text) {
        Some(span) => match from.checked_add(span) {
            Ok(time) => Ok(Value::object(Time(time))),
            Err(_) => Err("the date lies too far away".into()),
        },
        None if must => Err(format!(
            "`{text}` is no duration; write it as -1.5h or 2h45m"
        )),
        None => Ok(args[1].clone()),
    }
}

/// `1h30m`, `-1.5h`, `300ms`
fn span(text: &str) -> Option<SignedDuration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let length = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let unit = match &rest[..length] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += number * unit;
        rest = &rest[length..];
    }
    let fits = !text.is_empty() && seconds < 9e9;
    fits.then(|| SignedDuration::try_from_secs_f64(sign * seconds).ok())
        .flatten()
}

fn duration_round(_: &mut Budget, args: &[Value]) -> Yield {
    let nanoseconds = match args[0].plain() {
        Value::Text(text) => {
            span(&String::from_utf8_lossy(&text)).map_or(0, |span| span.as_nanos())
        }
        Value::Int(number, Int::Int64) => number,
        _ => 0,
    };
    let seconds = nanoseconds.unsigned_abs() / 1_000_000_000;
    let exact = nanoseconds.unsigned_abs() % 1_000_000_000 == 0;
    let units = [
        (31_536_000, "y"),
        (2_592_000, "mo"),
        (86_400, "d"),
        (3600, "h"),
        (60, "m"),
        (1, "s"),
    ];
    let unit = units
        .iter()
        .find(|(size, _)| seconds > *size || seconds == *size && !exact);
    Ok(Value::text(&unit.map_or("0s".into(), |(size, name)| {
        format!("{}{name}", seconds / size)
    })))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What a layout may name, longest first where one begins like another.
const PARTS: [&str; 33] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "-07:00:00",
    "-07:00",
    "-070000",
    "-0700",
    "-07",
    "Z07:00",
    "Z0700",
    "Z07",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "PM",
    "pm",
    "__2",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
    ".",
    ",",
];

/// A time as a layout of Go shows it: the layout is how 2 January 2006, 15:04:05, would be written.
fn format(time: &Zoned, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        let part = PARTS.iter().find(|part| rest.starts_with(**part)).copied();
        match part {
            Some(mark @ ("." | ",")) => {
                let digits = &rest[1..];
                let kind = digits.chars().next().unwrap_or(' ');
                let count = digits.chars().take_while(|c| *c == kind).count();
                let ends = !digits[count..].starts_with(|c: char| c.is_ascii_digit());
                if matches!(kind, '0' | '9') && (1..=9).contains(&count) && ends {
                    let all = format!("{:09}", time.subsec_nanosecond());
                    let shown = match kind {
                        '0' => &all[..count],
                        _ => all[..count].trim_end_matches('0'),
                    };
                    if !shown.is_empty() {
                        out.push_str(mark);
                        out.push_str(shown);
                    }
                    rest = &digits[count..];
                } else {
                    out.push_str(mark);
                    rest = digits;
                }
            }
            Some("Jan") if rest[3..].starts_with(|c: char| c.is_ascii_lowercase()) => {
                out.push_str("Jan");
                rest = &rest[3..];
            }
            Some("_2") if rest.starts_with("_2006") => {
                out.push('_');
                rest = &rest[1..];
            }
            Some(part) => {
                out.push_str(&one(time, part));
                rest = &rest[part.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn one(time: &Zoned, part: &str) -> String {
    let month = MONTHS[usize::try_from(time.month() - 1).unwrap_or(0) % 12];
    let day = DAYS[usize::try_from(time.weekday().to_sunday_zero_offset()).unwrap_or(0) % 7];
    let twelve = match time.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let offset = time.offset().seconds();
    match part {
        "January" => month.into(),
        "Jan" => month[..3].into(),
        "Monday" => day.into(),
        "Mon" => day[..3].into(),
        "2006" => format!("{:04}", time.year()),
        "06" => format!("{:02}", time.year() % 100),
        "01" => format!("{:02}", time.month()),
        "1" => time.month().to_string(),
        "02" => format!("{:02}", time.day()),
        "_2" => format!("{:2}", time.day()),
        "2" => time.day().to_string(),
        "002" => format!("{:03}", time.day_of_year()),
        "__2" => format!("{:3}", time.day_of_year()),
        "15" => format!("{:02}", time.hour()),
        "03" => format!("{twelve:02}"),
        "3" => twelve.to_string(),
        "04" => format!("{:02}", time.minute()),
        "4" => time.minute().to_string(),
        "05" => format!("{:02}", time.second()),
        "5" => time.second().to_string(),
        "PM" => if time.hour() < 12 { "AM" } else { "PM" }.into(),
        "pm" => if time.hour() < 12 { "am" } else { "pm" }.into(),
        "MST" => time.strftime("%Z").to_string(),
        zulu if zulu.starts_with('Z') && offset == 0 => "Z".into(),
        zone => {
            let zone = zone.trim_start_matches('Z').trim_start_matches('-');
            let (sign, offset) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
            let (hours, minutes, seconds) = (offset / 3600, offset / 60 % 60, offset % 60);
            match zone {
                "07:00:00" => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
                "070000" => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
                "07:00" => format!("{sign}{hours:02}:{minutes:02}"),
                "07" => format!("{sign}{hours:02}"),
                _ => format!("{sign}{hours:02}{minutes:02}"),
            }
        }
    }
}

/// Reads a date of the commonest layouts: numbers only, at their places.
fn to_date(_: &mut Budget, args: &[Value]) -> Yield {
    let (layout, text) = (string(args, 0)?, string(args, 1)?);
    let named = [
        ("2006", "%Y"),
        ("01", "%m"),
        ("02", "%d"),
        ("15", "%H"),
        ("04", "%M"),
        ("05", "%S"),
        ("Jan", "%b"),
        ("Z07:00", "%:z"),
        ("-0700", "%z"),
    ];
    let mut pattern = layout.replace('%', "%%");
    for (part, letter) in named {
        pattern = pattern.replace(part, letter);
    }
    let bad = || format!("`{text}` is no date of the form `{layout}`");
    let parsed = jiff::fmt::strtime::parse(&pattern, &text).map_err(|_| bad())?;
    let time = parsed.to_timestamp().or_else(|_| {
        let date = parsed.to_date()?;
        let time = parsed.to_time().unwrap_or_default();
        DateTime::from_parts(date, time)
            .to_zoned(TimeZone::UTC)
            .map(|zoned| zoned.timestamp())
    });
    time.map(|time| Value::object(Time(time)))
        .map_err(|_| bad())
}
