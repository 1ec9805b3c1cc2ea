//! What is derived of a trace, brought up to what it has grown by: in a time that what was there
//! before does not lengthen.

use super::{Lanes, Rows};
use crate::analysis::{Counted, Rounds};
use crate::model::{Grown, Nanos, Span, Trace};

/// What was counted, and put on the map, of the part of a trace that is settled.
#[derive(Clone, Debug)]
pub struct SettledPart {
    counted: Counted,
    lanes: Lanes,
}

/// What is counted, and put on the map, of a whole trace; and the first row that is new.
pub type Whole = (Counted, Lanes, usize);

impl SettledPart {
    /// Of a trace that may grow: nothing is settled yet.
    pub fn new(whole: Nanos, columns: usize) -> Self {
        SettledPart {
            counted: Counted::default(),
            lanes: Lanes::new(whole, columns),
        }
    }

    /// Brings the rounds and rows of a trace up to what it has grown by, and counts all.
    pub fn grow(
        &mut self,
        trace: &Trace,
        grown: &Grown,
        rounds: &mut Rounds,
        rows: &mut Rows,
    ) -> Whole {
        let from = grown.from;
        let old = self.counted.at();
        if old.spans > from.spans {
            let stop = trace.spans.iter().map(Span::stop).max();
            *self = SettledPart::new(stop.unwrap_or(1), self.lanes.columns());
        }
        rows.truncate(rounds, from);
        rounds.truncate(from);
        let first_row = rows.rows.len();
        let at = self.counted.at();
        self.counted.add(trace, rounds, from);
        self.lanes.add(&trace.spans, at.spans..from.spans);
        let end_rounds = Rounds::new(&grown.end);
        let end_rows = Rows::new(&grown.end, &end_rounds);
        rows.append(end_rows, from, rounds.rounds.len());
        rounds.append(end_rounds, &grown.end, from);
        let (mut counted, mut lanes) = (self.counted.clone(), self.lanes.clone());
        counted.add(trace, rounds, trace.extent());
        lanes.add(&trace.spans, from.spans..trace.spans.len());
        (counted, lanes, first_row)
    }
}
