//! The overview map: the whole trace in one pass, however many spans it has.

use crate::model::{Span, Status, Trace, Work};

/// What runs when, in columns of the map: one SVG path a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// LLM calls, in the upper lane.
    pub llm: String,
    /// Tool calls, in the lower lane.
    pub tool: String,
    /// Other work that no action covers, in the lower lane.
    pub other: String,
    /// What failed.
    pub error: String,
}

/// The map of `trace` in `columns` columns; the paths' unit is one column, lanes are 6 high, at 0 and 8.
pub fn overview(trace: &Trace, columns: usize) -> Overview {
    let whole = trace.spans.iter().map(Span::stop).max().unwrap_or(1).max(1);
    let mut lanes = [const { Vec::new() }; 5];
    for lane in &mut lanes {
        // Starts and ends by column: what is open at a column is the running sum.
        *lane = vec![0_i32; columns + 1];
    }
    for (i, span) in trace.spans.iter().enumerate() {
        let is_leaf = span.end as usize == i + 1;
        let failed = span.status == Status::Error;
        let lane = match span.work {
            Work::Llm(_) => {
                if failed {
                    3
                } else {
                    0
                }
            }
            Work::Tool(_) => {
                if failed {
                    4
                } else {
                    1
                }
            }
            Work::Other if is_leaf => 2,
            _ => continue,
        };
        let column = |time: i64| ((time as f64 / whole as f64) * columns as f64) as usize;
        let from = column(span.start).min(columns.saturating_sub(1));
        let to = column(span.stop()).clamp(from + 1, columns);
        if let Some(lane) = lanes.get_mut(lane) {
            lane.get_mut(from).into_iter().for_each(|it| *it += 1);
            lane.get_mut(to).into_iter().for_each(|it| *it -= 1);
        }
    }
    let [llm, tool, other, llm_error, tool_error] = lanes;
    let mut error = path(&llm_error, 0);
    error.push_str(&path(&tool_error, 8));
    Overview {
        llm: path(&llm, 0),
        tool: path(&tool, 8),
        other: path(&other, 8),
        error,
    }
}

/// Rectangles where the running sum is positive.
fn path(lane: &[i32], y: u32) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    let (mut open, mut since) = (0, 0);
    for (x, change) in lane.iter().enumerate() {
        let before = open;
        open += change;
        if before == 0 && open > 0 {
            since = x;
        } else if before > 0 && open == 0 {
            let _ = write!(path, "M{since} {y}H{x}v6H{since}z");
        }
    }
    path
}
