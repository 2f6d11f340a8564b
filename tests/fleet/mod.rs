//! Stories of boots, told as events on a fake clock.

mod agents;
mod crowd;
mod many;
mod rates;
mod stages;
mod stalls;
mod text;
mod verdicts;
