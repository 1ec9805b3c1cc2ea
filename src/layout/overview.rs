//! The overview map: the whole trace in one pass, however many spans it has.

use std::ops::Range;

use crate::model::{Nanos, Span, Status, Trace, Work};

/// What runs when, in columns of the map: one SVG path a lane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    /// LLM calls, in the upper lane.
    pub llm: String,
    /// Tool calls, in the lower lane.
    pub tool: String,
    /// Other work that no action covers, in the lower lane.
    pub other: String,
    /// What failed.
    pub error: String,
    /// How many columns all of the time is.
    pub columns: f64,
}

/// The map of `trace` in `columns` columns; the paths' unit is one column, lanes are 6 high, at 0 and 8.
pub fn overview(trace: &Trace, columns: usize) -> Overview {
    let whole = trace.spans.iter().map(Span::stop).max().unwrap_or(1);
    let mut lanes = Lanes::new(whole, columns);
    lanes.add(&trace.spans, 0..trace.spans.len());
    lanes.overview(whole)
}

/// Which columns of the map have something in them, of the spans that were added. Their number grows
/// with the time, up to twice as many; then two become one.
#[derive(Clone, Debug)]
pub struct Lanes {
    columns: usize,
    /// How long a column is, in nanoseconds (or steps).
    unit: f64,
    covered: [Vec<bool>; 5],
}

impl Lanes {
    /// Nothing yet, for so much time in so many columns.
    pub fn new(whole: Nanos, columns: usize) -> Self {
        Lanes {
            columns: columns.max(1),
            unit: whole.max(1) as f64 / columns.max(1) as f64,
            covered: [const { Vec::new() }; 5],
        }
    }

    /// How many columns there are at least.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Adds those of `spans` that are in `range`.
    pub fn add(&mut self, spans: &[Span], range: Range<usize>) {
        let added = || (range.start..).zip(spans.get(range.clone()).unwrap_or_default());
        let stop = added().map(|it| it.1.stop()).max().unwrap_or(0);
        while stop as f64 > self.unit * 2.0 * self.columns as f64 {
            self.widen();
        }
        let columns = ((stop as f64 / self.unit).ceil() as usize).max(1);
        // Starts and ends by column: what is open at a column is the running sum.
        let mut changes = [const { Vec::new() }; 5];
        for lane in &mut changes {
            *lane = vec![0_i32; columns + 1];
        }
        for (i, span) in added() {
            let is_leaf = span.end as usize == i + 1;
            let failed = span.status == Status::Error;
            let lane = match span.work {
                Work::Llm(_) if failed => 3,
                Work::Llm(_) => 0,
                Work::Tool(_) if failed => 4,
                Work::Tool(_) => 1,
                Work::Other if is_leaf => 2,
                _ => continue,
            };
            let column = |time: i64| (time as f64 / self.unit) as usize;
            let from = column(span.start).min(columns - 1);
            let to = column(span.stop()).clamp(from + 1, columns);
            if let Some(lane) = changes.get_mut(lane) {
                lane.get_mut(from).into_iter().for_each(|it| *it += 1);
                lane.get_mut(to).into_iter().for_each(|it| *it -= 1);
            }
        }
        for (lane, changes) in self.covered.iter_mut().zip(changes) {
            lane.resize(lane.len().max(columns), false);
            let mut open = 0;
            for (is_covered, change) in lane.iter_mut().zip(changes) {
                open += change;
                *is_covered |= open > 0;
            }
        }
    }

    fn widen(&mut self) {
        self.unit *= 2.0;
        for lane in &mut self.covered {
            *lane = lane.chunks(2).map(|it| it.contains(&true)).collect();
        }
    }

    /// The map of so much time.
    pub fn overview(&self, whole: Nanos) -> Overview {
        let [llm, tool, other, llm_error, tool_error] = &self.covered;
        let mut error = path(llm_error, 0);
        error.push_str(&path(tool_error, 8));
        Overview {
            llm: path(llm, 0),
            tool: path(tool, 8),
            other: path(other, 8),
            error,
            columns: whole.max(1) as f64 / self.unit,
        }
    }
}

/// Rectangles where something is.
fn path(lane: &[bool], y: u32) -> String {
    use std::fmt::Write;
    let mut path = String::new();
    let mut since = None;
    for (x, is_covered) in lane.iter().chain(&[false]).enumerate() {
        if *is_covered {
            since.get_or_insert(x);
        } else if let Some(since) = since.take() {
            let _ = write!(path, "M{since} {y}H{x}v6H{since}z");
        }
    }
    path
}
