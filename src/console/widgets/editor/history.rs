//! What was done to a text, to be taken back and done again.

use super::lines::{Line, Pos, Swap};

/// Most bytes of text that are kept for taking back; the oldest go first.
const MOST: usize = 16 << 20;

/// What kind of change it was: letters that follow one another are taken back together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A letter of a word.
    Letter,
    /// A blank.
    Blank,
    /// A letter was taken away.
    Erased,
    /// Anything else; it stands for itself.
    Other,
}

/// One change.
#[derive(Debug, Clone)]
struct Step {
    swap: Swap,
    kind: Kind,
    from: Pos,
    to: Pos,
}

/// All of them.
#[derive(Debug, Clone, Default)]
pub struct History {
    done: Vec<Step>,
    undone: Vec<Step>,
    bytes: usize,
    /// The next change stands for itself.
    closed: bool,
}

fn size(swap: &Swap) -> usize {
    let bytes = |lines: &[Line]| lines.iter().map(|line| line.text.len() + 32).sum::<usize>();
    bytes(&swap.before) + bytes(&swap.after)
}

impl History {
    /// A change was made, with the cursor there before and here after.
    pub fn push(&mut self, swap: Swap, kind: Kind, (from, to): (Pos, Pos)) {
        self.undone.clear();
        let closed = std::mem::take(&mut self.closed);
        if let Some(last) = self.done.last_mut().filter(|_| !closed)
            && joins(last, &swap, kind, from)
        {
            self.bytes = self.bytes.saturating_sub(size(&last.swap));
            last.swap.after = swap.after;
            last.kind = kind;
            last.to = to;
            self.bytes += size(&last.swap);
        } else {
            self.bytes += size(&swap);
            self.done.push(Step {
                swap,
                kind,
                from,
                to,
            });
        }
        while self.bytes > MOST && self.done.len() > 1 {
            let oldest = self.done.remove(0);
            self.bytes = self.bytes.saturating_sub(size(&oldest.swap));
        }
    }

    /// What is changed next stands for itself: the cursor was moved.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// The lines to put back, how many they replace, and where the cursor goes; none when there is nothing to take back.
    pub fn undo(&mut self) -> Option<(Swap, Pos)> {
        let step = self.done.pop()?;
        self.bytes = self.bytes.saturating_sub(size(&step.swap));
        self.closed = true;
        let back = Swap {
            row: step.swap.row,
            before: step.swap.after.clone(),
            after: step.swap.before.clone(),
        };
        let place = step.from;
        self.undone.push(step);
        Some((back, place))
    }

    /// The same for what was taken back last.
    pub fn redo(&mut self) -> Option<(Swap, Pos)> {
        let step = self.undone.pop()?;
        self.bytes += size(&step.swap);
        self.closed = true;
        let again = (step.swap.clone(), step.to);
        self.done.push(step);
        Some(again)
    }
}

/// Whether a change belongs to the one before it: in the same single line, right where that one ended.
fn joins(last: &Step, swap: &Swap, kind: Kind, from: Pos) -> bool {
    let same_line = last.swap.row == swap.row
        && last.swap.after.len() == 1
        && swap.before.len() == 1
        && swap.after.len() == 1;
    let goes_on = matches!(
        (last.kind, kind),
        (Kind::Letter | Kind::Blank, Kind::Blank)
            | (Kind::Letter, Kind::Letter)
            | (Kind::Erased, Kind::Erased)
    );
    same_line && goes_on && last.to == from
}
