//! Messages that a writer left out. OpenTelemetry keeps 128 attributes of a span and drops the
//! oldest: of a long conversation that is written message by message, its beginning. The calls
//! before it still have that, up to where they go.

use super::conversation::sent as sent_to;
use crate::model::{LlmCall, Trace};
use crate::payload::{self, Message};

/// Puts what was left out at the beginning of `sent` there again, as far as it stands in the calls
/// before. Returns how many messages that are, and how many of all the last of those calls had.
/// Nought if there is nothing to put there.
pub(super) fn rebuild(
    trace: &Trace,
    before: &[&LlmCall],
    call: &LlmCall,
    sent: &mut Vec<Message>,
) -> (usize, usize) {
    let had = sent.len();
    let mut is_cut = is_cut(trace, call);
    let mut n_known = None;
    // The further back a call is, the more it has, up to where none of it is here.
    let (mut at, mut step) = (before.len(), 1);
    while is_cut && at > 0 {
        let from = at.saturating_sub(step);
        let Some(earlier) = before.get(from) else {
            break;
        };
        if let Some(n_shared) = put_before(trace, earlier, sent) {
            n_known = n_known.or(Some(n_shared + 1));
            is_cut = self::is_cut(trace, earlier);
            (at, step) = (from, step * 2);
        } else if step > 1 {
            step /= 2;
        } else {
            break;
        }
    }
    // The first that was left is not whole, and another now.
    let more = sent.len() - had;
    n_known.map_or((0, 0), |it| (more + 1, more + it))
}

/// Whether the beginning of what a call was sent is missing.
pub(super) fn is_cut(trace: &Trace, call: &LlmCall) -> bool {
    payload::is_cut(&trace.source.content(call.input))
}

/// Puts before `sent` what an earlier call was sent before it, if that goes on with it. Of the first
/// message in either only some may be left. Returns how many messages both have.
fn put_before(trace: &Trace, call: &LlmCall, sent: &mut Vec<Message>) -> Option<usize> {
    let mut earlier = sent_to(trace, call);
    if is_cut(trace, call) && !earlier.is_empty() {
        earlier = earlier.split_off(1);
    }
    let rest = sent.get(1..)?;
    let goes_on = |at: &usize| earlier.get(*at..).is_some_and(|it| rest.starts_with(it));
    let at = (1..earlier.len()).find(goes_on)?;
    let n_shared = earlier.len() - at;
    earlier.truncate(at);
    earlier.append(&mut sent.split_off(1));
    *sent = earlier;
    Some(n_shared)
}
