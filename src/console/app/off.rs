//! Why an action cannot be done now.

use super::{App, Place};
use crate::console::keys::{Act, Action, Harm, When};

impl App {
    /// Why an action cannot be done now; none if it can.
    #[must_use]
    pub fn off(&self, act: Act) -> Option<String> {
        let row = Action::of(act);
        let lost = || {
            self.lost
                .is_some()
                .then(|| "the engine cannot be reached".to_owned())
        };
        let safe = || self.safe.then(|| "SAFE: press L to unlock".to_owned());
        match row.when {
            When::Always if row.harm > Harm::Look => safe(),
            When::Always => self.off_here(act),
            When::OnNode if self.node_here().is_none() => {
                Some("put the cursor on a node first".into())
            }
            When::OnNode => None,
            When::Linked => lost().or_else(|| self.off_here(act)),
            When::Writable => lost().or_else(safe).or_else(|| self.off_here(act)),
            When::Editable if self.place == Place::Overlays => {
                lost().or_else(safe).or_else(|| self.off_here(act))
            }
            When::Editable => lost()
                .or_else(safe)
                .or_else(|| {
                    let none = self.subject().is_none();
                    none.then(|| match self.place {
                        Place::Profiles => "there is no profile here".into(),
                        _ => "put the cursor on a node first".into(),
                    })
                })
                .or_else(|| self.off_here(act)),
            // The detail is left first, a range ended.
            When::Narrowed if self.nodes.inside || self.nodes.ranges() => None,
            When::Narrowed if self.order.filter.is_empty() && self.marks.is_empty() => {
                Some("no filter and no marks".into())
            }
            When::Narrowed => None,
        }
    }
}
