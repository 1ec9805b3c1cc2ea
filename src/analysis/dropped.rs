//! Messages that a writer left out. OpenTelemetry keeps 128 attributes of a span and drops the
//! oldest: of a long conversation that is written message by message, its beginning. The calls
//! before it still have that, up to where they go.

use super::conversation::sent as sent_to;
use crate::model::{LlmCall, Trace};
use crate::payload::{self, Message};

/// The numbers of the messages that a call still has: the first and the last. `None` where they
/// have no numbers.
pub(super) fn numbers(trace: &Trace, call: &LlmCall) -> Option<(u32, u32)> {
    payload::numbers(&trace.source.content(call.input))
}

/// Puts what was left out at the beginning of `sent` there again, as far as it stands in the calls
/// before. Returns how many messages that are.
pub(super) fn rebuild(
    trace: &Trace,
    before: &[&LlmCall],
    call: &LlmCall,
    sent: &mut Vec<Message>,
) -> usize {
    let Some((first, last)) = numbers(trace, call).filter(|it| it.0 > 0) else {
        return 0;
    };
    let n_sent = sent.len();
    if !is_whole(sent, first, last) {
        return 0;
    }
    let windows = windows(trace, before);
    // Of its first message only some may be left.
    let mut start = first + 1;
    let mut whole = sent.split_off(1);
    loop {
        // The furthest back that goes up to where the beginning is missing.
        let begin_before = windows.iter().rev().skip_while(|it| it.first >= start);
        let Some(window) = begin_before.take_while(|it| it.last >= start).last() else {
            break;
        };
        let mut earlier = sent_to(trace, window.call);
        if !is_whole(&earlier, window.first, window.last) {
            break;
        }
        // What both have is the same, if they are of one conversation.
        let shared = earlier.split_off((start - window.first) as usize);
        if shared.first() != whole.first() {
            break;
        }
        let from = window.first + u32::from(window.first > 0);
        if from >= start {
            break;
        }
        earlier.drain(..(from - window.first) as usize);
        earlier.append(&mut whole);
        (whole, start) = (earlier, from);
    }
    if whole.len() < n_sent {
        sent.append(&mut whole);
        return 0;
    }
    *sent = whole;
    sent.len() - (n_sent - 1)
}

/// Which messages a call still has.
struct Window<'a> {
    call: &'a LlmCall,
    first: u32,
    last: u32,
}

/// What the calls before still have, up to the one that has the beginning.
fn windows<'a>(trace: &Trace, before: &[&'a LlmCall]) -> Vec<Window<'a>> {
    /// So many bytes are looked at: more is not there to be read at once.
    const MOST: u32 = 8 << 20;
    let mut n_bytes = 0;
    let mut windows = Vec::new();
    for call in before.iter().rev() {
        n_bytes = call.input.len.saturating_add(n_bytes);
        let Some((first, last)) = numbers(trace, call).filter(|_| n_bytes < MOST) else {
            break;
        };
        windows.push(Window { call, first, last });
        if first == 0 {
            break;
        }
    }
    windows.reverse();
    windows
}

/// Whether each number has its message.
fn is_whole(messages: &[Message], first: u32, last: u32) -> bool {
    messages.len() == (last - first) as usize + 1
}
