//! Something that is asked of the engine, with the newest answer. What is shown stays until another answer has come, so that
//! stepping from one node to the next does not flicker.

use std::sync::Arc;

use crate::kit::Stamp;

/// An answer, or why there is none.
type Answer<T> = Result<T, Arc<str>>;

/// What is known of it: `K` says what was asked, `T` is what came.
#[derive(Debug)]
pub struct Asked<K, T> {
    got: Option<(K, Answer<T>)>,
    /// There may be another answer to the same; it is asked for from then on.
    stale: Option<Stamp>,
}

impl<K, T> Default for Asked<K, T> {
    fn default() -> Self {
        Self {
            got: None,
            stale: None,
        }
    }
}

impl<K: PartialEq, T> Asked<K, T> {
    /// What came last, whatever it is an answer to.
    pub fn held(&self) -> Option<&T> {
        self.got.as_ref()?.1.as_ref().ok()
    }

    /// What that was asked for.
    pub fn key(&self) -> Option<&K> {
        self.got.as_ref().map(|(key, _)| key)
    }

    /// What came as the answer to `key`.
    pub fn of(&self, key: &K) -> Option<&T> {
        self.answer(key)?.as_ref().ok()
    }

    /// The same, which is gone here then.
    pub fn take(&mut self, key: &K) -> Option<T> {
        let (_, answer) = self
            .got
            .take_if(|(got, answer)| got == key && answer.is_ok())?;
        answer.ok()
    }

    /// Why there is no answer to `key`.
    pub fn refused(&self, key: &K) -> Option<&Arc<str>> {
        self.answer(key)?.as_ref().err()
    }

    fn answer(&self, key: &K) -> Option<&Answer<T>> {
        let (got, answer) = self.got.as_ref()?;
        (got == key).then_some(answer)
    }

    /// An answer has come.
    pub fn came(&mut self, key: K, answer: Answer<T>) {
        self.got = Some((key, answer));
    }

    /// The answer that is there may be wrong from now on: it is to be asked for again at `due`, or earlier if that was said before.
    pub fn doubt(&mut self, due: Stamp) {
        self.stale = Some(self.stale.map_or(due, |old| old.min(due)));
    }

    /// Whether `key` is to be asked for now. Says yes once: whoever asks sends the question.
    pub fn due(&mut self, key: &K, now: Stamp) -> bool {
        if self.answer(key).is_none() {
            self.stale = None;
            return true;
        }
        let due = self.stale.is_some_and(|due| due <= now);
        if due {
            self.stale = None;
        }
        due
    }

    /// Nobody looks at it now: what may be wrong is forgotten rather than asked for again.
    pub fn rest(&mut self) {
        if self.stale.take().is_some() {
            self.got = None;
        }
    }

    /// When it is to be asked for again.
    pub const fn wake(&self) -> Option<Stamp> {
        self.stale
    }
}
