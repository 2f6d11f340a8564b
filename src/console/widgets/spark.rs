//! A tiny history of a number.

const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The newest `cells` of `values` as bars relative to the largest; all zero gives nothing.
#[must_use]
pub fn spark(values: &[u64], cells: usize) -> String {
    let shown = &values[values.len().saturating_sub(cells)..];
    let most = shown.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    shown
        .iter()
        .map(|value| {
            let step = (u128::from(*value) * 7 / u128::from(most)) as usize;
            STEPS[step.min(7)]
        })
        .collect()
}
