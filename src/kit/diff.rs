//! What differs between two texts, line by line.
//!
//! [`changed`] keeps what both have once and in the same order, and what is equal beside that: the fewest places that speak of
//! nothing but themselves, to be taken back later. [`lines`] is for people: within those places it also keeps whatever else the two
//! have in common, and gives lines around them.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

/// How often a part may be cut again; what is left then is one stretch.
const CUTS: usize = 64;
/// Within one changed stretch no more than this many pairs of lines are compared; a larger one is shown as gone and come.
const PAIRS: usize = 1 << 20;

/// Some lines that became others: the first range lies in the earlier text, the second in the later one. Either may be empty.
pub type Stretch = (Range<usize>, Range<usize>);

/// What differs between two lists of lines, in their order.
#[must_use]
pub fn changed(old: &[&str], new: &[&str]) -> Vec<Stretch> {
    let mut found = Vec::new();
    compare((old, 0), (new, 0), &mut found, 0);
    found
}

fn compare(
    (old, mut from): (&[&str], usize),
    (new, mut to): (&[&str], usize),
    found: &mut Vec<Stretch>,
    depth: usize,
) {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let same = old.iter().rev().zip(new.iter().rev());
    let tail = same.take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    (from, to) = (from + head, to + head);
    if old.is_empty() && new.is_empty() {
        return;
    }
    let fixed = if depth < CUTS {
        fixed(old, new)
    } else {
        Vec::new()
    };
    if fixed.is_empty() {
        found.push((from..from + old.len(), to..to + new.len()));
        return;
    }
    let (mut left, mut right) = (0, 0);
    for (a, b) in fixed {
        let (olds, news) = (&old[left..a], &new[right..b]);
        compare((olds, from + left), (news, to + right), found, depth + 1);
        (left, right) = (a + 1, b + 1);
    }
    let (olds, news) = (&old[left..], &new[right..]);
    compare((olds, from + left), (news, to + right), found, depth + 1);
}

/// Lines that occur once in each text, paired where their order is the same in both: as many as there can be.
fn fixed(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let (olds, news) = (once(old), once(new));
    let pairs = old.iter().enumerate().filter_map(|(at, line)| {
        olds.get(*line).copied().flatten()?;
        Some((at, news.get(*line).copied().flatten()?))
    });
    rising(&pairs.collect::<Vec<_>>())
}

/// The place of every line that occurs once; none for one that occurs again.
fn once<'t>(lines: &[&'t str]) -> HashMap<&'t str, Option<usize>> {
    let mut seen = HashMap::new();
    for (at, line) in lines.iter().enumerate() {
        seen.entry(*line)
            .and_modify(|at| *at = None)
            .or_insert(Some(at));
    }
    seen
}

/// The longest run of pairs that rises in both members.
fn rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // For each length the pair that ends such a run with the least second member, and before each pair the one it follows.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (at, (_, second)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|end| pairs[*end].1 < *second);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut run = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(pair) = at {
        run.push(pairs[pair]);
        at = before[pair];
    }
    run.reverse();
    run
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Both have it.
    Kept,
    /// Only the earlier text has it.
    Gone,
    /// Only the later text has it.
    Came,
}

impl Fate {
    /// The sign before the line in a unified diff.
    #[must_use]
    pub const fn sign(self) -> char {
        match self {
            Self::Kept => ' ',
            Self::Gone => '-',
            Self::Came => '+',
        }
    }
}

/// One line of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'t> {
    /// What became of it.
    pub fate: Fate,
    /// The line without its newline; a carriage return before that is part of it.
    pub text: &'t str,
    /// Whether a newline ends it; none does behind the last line of some texts.
    pub ended: bool,
}

/// Lines that changed, close to one another, with unchanged ones around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk<'t> {
    /// Which lines of the earlier text, from 0.
    pub old: Range<usize>,
    /// Which lines of the later text, from 0.
    pub new: Range<usize>,
    /// The lines. Of what became something else, what went comes first.
    pub lines: Vec<Line<'t>>,
}

/// The difference of two texts for people, with `context` unchanged lines before and after each place. Equal texts have none.
#[must_use]
pub fn lines<'t>(old: &'t str, new: &'t str, context: usize) -> Vec<Hunk<'t>> {
    let olds: Vec<&str> = old.split_inclusive('\n').collect();
    let news: Vec<&str> = new.split_inclusive('\n').collect();
    let mut places: Vec<Stretch> = Vec::new();
    for stretch in changed(&olds, &news) {
        refine(&olds, &news, stretch, &mut places);
    }
    let mut hunks: Vec<Vec<Stretch>> = Vec::new();
    for place in places {
        match hunks.last_mut() {
            Some(open) if near(open, &place, context) => open.push(place),
            _ => hunks.push(vec![place]),
        }
    }
    let hunk = |places: Vec<Stretch>| surrounded(&olds, &news, &places, context);
    hunks.into_iter().filter_map(hunk).collect()
}

/// Whether so few lines lie between that the context of both would touch.
fn near(open: &[Stretch], next: &Stretch, context: usize) -> bool {
    let end = open.last().map_or(0, |(old, _)| old.end);
    next.0.start.saturating_sub(end) <= context.saturating_mul(2)
}

/// The hunk of some places, which lie close together.
fn surrounded<'t>(
    olds: &[&'t str],
    news: &[&'t str],
    places: &[Stretch],
    context: usize,
) -> Option<Hunk<'t>> {
    let (first, last) = (places.first()?, places.last()?);
    // What is unchanged is as long in both texts.
    let before = first.0.start.min(context);
    let after = (olds.len() - last.0.end).min(context);
    let old = first.0.start - before..last.0.end + after;
    let new = first.1.start - before..last.1.end + after;
    let mut lines = Vec::with_capacity(old.len() + new.len());
    let mut at = old.start;
    let mut add = |fate, texts: &[&'t str]| lines.extend(texts.iter().map(|text| line(fate, text)));
    for (gone, came) in places {
        add(Fate::Kept, &olds[at..gone.start]);
        add(Fate::Gone, &olds[gone.clone()]);
        add(Fate::Came, &news[came.clone()]);
        at = gone.end;
    }
    add(Fate::Kept, &olds[at..old.end]);
    Some(Hunk { old, new, lines })
}

fn line(fate: Fate, text: &str) -> Line<'_> {
    let bare = text.strip_suffix('\n');
    Line {
        fate,
        text: bare.unwrap_or(text),
        ended: bare.is_some(),
    }
}

/// Cuts a changed stretch where its sides have lines in common, however often they occur: as many as there can be.
fn refine(olds: &[&str], news: &[&str], stretch: Stretch, places: &mut Vec<Stretch>) {
    let (old, new) = (&olds[stretch.0.clone()], &news[stretch.1.clone()]);
    if old.is_empty() || new.is_empty() || old.len().saturating_mul(new.len()) > PAIRS {
        places.push(stretch);
        return;
    }
    let width = new.len() + 1;
    // How many lines the rests behind each pair have in common.
    let mut common = vec![0u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            let (below, right) = (common[(a + 1) * width + b], common[a * width + b + 1]);
            let both = common[(a + 1) * width + b + 1] + 1;
            common[a * width + b] = if old[a] == new[b] {
                both
            } else {
                below.max(right)
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let (mut from, mut to) = (0, 0);
    let (left, right) = (stretch.0.start, stretch.1.start);
    let mut close = |(from, to): (usize, usize), (a, b): (usize, usize)| {
        if from < a || to < b {
            places.push((left + from..left + a, right + to..right + b));
        }
    };
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            close((from, to), (a, b));
            (a, b) = (a + 1, b + 1);
            (from, to) = (a, b);
        } else if common[(a + 1) * width + b] >= common[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    close((from, to), (old.len(), new.len()));
}

impl fmt::Display for Hunk<'_> {
    /// As in a unified diff, its head `@@ -1,3 +1,4 @@` first, a newline behind each line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old, new) = (Span(&self.old), Span(&self.new));
        writeln!(f, "@@ -{old} +{new} @@")?;
        for line in &self.lines {
            writeln!(f, "{}{}", line.fate.sign(), line.text)?;
            if !line.ended {
                writeln!(f, "\\ No newline at end of file")?;
            }
        }
        Ok(())
    }
}

/// Lines as the head of a hunk names them: counted from 1, and an empty stretch by the line before it.
struct Span<'r>(&'r Range<usize>);

impl fmt::Display for Span<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            0 => write!(f, "{},0", self.0.start),
            1 => write!(f, "{}", self.0.start + 1),
            length => write!(f, "{},{length}", self.0.start + 1),
        }
    }
}
