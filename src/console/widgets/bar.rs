//! Bars: parts of a whole, and progress.

/// Cells for each part of a whole in a bar of `cells`: in proportion, every part that is not empty at least one, together
/// exactly `cells` (fewer only when the whole is empty). Ties go to the earlier part.
#[must_use]
pub fn shares(parts: &[u32], cells: usize) -> Vec<usize> {
    let whole: u64 = parts.iter().map(|part| u64::from(*part)).sum();
    if whole == 0 {
        return vec![0; parts.len()];
    }
    let wide = cells as u64;
    let mut out: Vec<usize> = parts
        .iter()
        .map(|part| {
            let exact = u64::from(*part) * wide / whole;
            (if *part > 0 { exact.max(1) } else { 0 }) as usize
        })
        .collect();
    let mut used: usize = out.iter().sum();
    // What rounding left over goes to the largest remainders.
    let mut by_rest: Vec<usize> = (0..parts.len()).collect();
    by_rest.sort_by_key(|at| std::cmp::Reverse(u64::from(parts[*at]) * wide % whole));
    for at in by_rest.iter().cycle().take(parts.len() * 2) {
        if used >= cells {
            break;
        }
        if parts[*at] > 0 {
            out[*at] += 1;
            used += 1;
        }
    }
    // What the minimum of one took too much comes from the largest.
    while used > cells {
        let Some(most) = (0..out.len()).max_by_key(|at| out[*at]) else {
            break;
        };
        out[most] = out[most].saturating_sub(1);
        used -= 1;
    }
    out
}

/// A progress bar of `cells`: how many are full.
#[must_use]
pub fn progress(done: u64, of: u64, cells: u16) -> u16 {
    if of == 0 {
        return 0;
    }
    u16::try_from(u128::from(done.min(of)) * u128::from(cells) / u128::from(of)).unwrap_or(cells)
}
