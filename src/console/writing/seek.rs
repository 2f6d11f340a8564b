//! The search in a text being written: a word, or `:` and the number of a line.

use crate::console::widgets::Input;
use crate::console::widgets::editor::{Editor, Pos};

/// The search.
#[derive(Debug, Clone)]
pub struct Seek {
    /// What is typed.
    pub input: Input,
    /// Where the cursor was.
    from: Pos,
}

impl Seek {
    /// From where the cursor is, with what was searched for before.
    #[must_use]
    pub fn new(editor: &Editor, before: &str) -> Self {
        Self {
            input: Input::new(before),
            from: editor.cursor(),
        }
    }

    /// What is typed was changed: the cursor goes to the first match behind where it was. Says when there is none.
    pub fn changed(&self, editor: &mut Editor) -> Option<String> {
        let text = self.input.text();
        if let Some(number) = text.strip_prefix(':') {
            if let Ok(line) = number.trim().parse::<usize>() {
                editor.seek(line, 1);
            }
            return None;
        }
        match editor.find(text, self.from, false) {
            Some(found) => {
                editor.show(found);
                None
            }
            None => {
                editor.put(self.from);
                (!text.is_empty()).then(|| format!("`{text}` is nowhere in it"))
            }
        }
    }

    /// Back to where the cursor was.
    pub fn back(&self, editor: &mut Editor) {
        editor.put(self.from);
    }
}
