//! Which key does what: the table's keys, with a user's own laid over them.

use std::collections::BTreeMap;

use super::{ACTIONS, Act, Chord, Context};

/// Keys of every action.
#[derive(Debug, Clone)]
pub struct Keymap {
    keys: Vec<Vec<Chord>>,
}

/// Why a keymap file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    /// It is not a map of lists.
    #[error("keymap: {0}")]
    Text(String),
    /// It names an action that does not exist.
    #[error("keymap: there is no action `{0}`; `?` lists them")]
    Action(String),
    /// It names a key that does not exist.
    #[error("keymap: `{0}` is no key; write `j`, `G`, `ctrl-d`, `enter`, `space`, `f5`")]
    Key(String),
}

impl Default for Keymap {
    fn default() -> Self {
        let read = |keys: &[&str]| keys.iter().filter_map(|key| Chord::parse(key)).collect();
        Self {
            keys: ACTIONS.iter().map(|row| read(row.keys)).collect(),
        }
    }
}

impl Keymap {
    /// The defaults with those of a YAML text (`action: [key, key]`) laid over them. A named action loses its default keys.
    ///
    /// # Errors
    /// When the text names what does not exist.
    pub fn with(text: &str) -> Result<Self, KeymapError> {
        let given: BTreeMap<String, Vec<String>> =
            serde_yaml::from_str(text).map_err(|error| KeymapError::Text(error.to_string()))?;
        let mut map = Self::default();
        for (name, keys) in given {
            let at = ACTIONS
                .iter()
                .position(|row| row.name == name)
                .ok_or(KeymapError::Action(name))?;
            map.keys[at] = keys
                .iter()
                .map(|key| Chord::parse(key).ok_or_else(|| KeymapError::Key(key.clone())))
                .collect::<Result<_, _>>()?;
        }
        Ok(map)
    }

    /// What a key does in a context.
    #[must_use]
    pub fn route(&self, context: Context, chord: Chord) -> Option<Act> {
        // Where letters are typed, a plain letter is never a command.
        if context.types() && chord.typed().is_some() {
            return None;
        }
        ACTIONS
            .iter()
            .find(|row| row.heard_in(context) && self.keys[row.id as usize].contains(&chord))
            .map(|row| row.id)
    }

    /// The keys of an action, first the one that hints show.
    #[must_use]
    pub fn keys(&self, id: Act) -> &[Chord] {
        &self.keys[id as usize]
    }
}
