//! How much a template may do before it is stopped, whatever its language.

/// Steps of one rendering: elements gone through by loops, filters and functions, and actions carried out. The list of 50,000
/// nodes with all their devices takes a tenth of that; a second or two of computing.
pub const STEPS: u64 = 5_000_000;
/// So many bytes of a text that is gone through count as one step.
pub const TEXT: u64 = 256;

/// What one rendering has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Budget {
    spent: u64,
}

impl Budget {
    /// Takes `steps` out.
    ///
    /// # Errors
    /// A sentence once more than [`STEPS`] were taken.
    pub fn spend(&mut self, steps: u64) -> Result<(), String> {
        self.spent = self.spent.saturating_add(steps);
        if self.is_exhausted() {
            return Err(format!(
                "the template goes through more than {STEPS} things in all, and is stopped"
            ));
        }
        Ok(())
    }

    /// Takes out what going through `bytes` of a text costs.
    ///
    /// # Errors
    /// As [`Budget::spend`].
    pub fn read(&mut self, bytes: usize) -> Result<(), String> {
        self.spend(1 + bytes as u64 / TEXT)
    }

    /// Whether more than [`STEPS`] were taken.
    pub const fn is_exhausted(&self) -> bool {
        self.spent > STEPS
    }
}
