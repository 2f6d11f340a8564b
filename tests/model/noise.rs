//! Random queries: understood, or refused at a column that they have; and whatever is understood can be asked.

use std::time::Duration;

use muster::model::query::{Query, Row, WORDS, Word, complete};

use crate::support::noise::{self, bent, dice, rounds};

struct Anything(String);

impl Row for Anything {
    fn any(&self, _: Word, each: &mut dyn FnMut(&str) -> bool) -> bool {
        each(&self.0)
    }

    fn age(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.0.len() as u64 * 1000))
    }
}

#[test]
fn queries() {
    let mut seeds: Vec<Vec<u8>> = [
        "rack:r07 state:failed image:rocky9* !tag:login age>2m n[0400-0499]",
        "gpu !up age<1h30m",
        "n[1-65536][1-65536]",
        "image:*a*a*a*a*a*a*a*b,x",
        "age>99999999999999999999d",
        "name:\"a b\" tag:role=gpu,role=login",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    seeds.extend(
        WORDS
            .iter()
            .map(|(word, _)| format!("{word}:x !{word}:y*").into_bytes()),
    );
    let mut dice = dice(0x9e);
    let (mut read, mut refused) = (0, 0);
    for round in 0..rounds(15_000) {
        let text = match round % 5 {
            0 => noise::text(&mut dice, 60),
            _ => String::from_utf8_lossy(&bent(&mut dice, &seeds)).into_owned(),
        };
        match Query::parse(&text) {
            Ok(query) => {
                read += 1;
                let _ = query.matches(&Anything(noise::text(&mut dice, 40)));
            }
            Err(error) => {
                refused += 1;
                let columns = text.chars().count() + 1;
                assert!((1..=columns).contains(&error.column), "{text:?}: {error}");
                assert!(
                    !error.what.is_empty() && error.what.len() < 4 * text.len() + 400,
                    "{text:?}: {error}"
                );
            }
        }
        let _ = complete(&text, &|_| vec!["rocky9".to_owned()]);
    }
    assert!(read > 1000 && refused > 100, "{read} {refused}");
}
