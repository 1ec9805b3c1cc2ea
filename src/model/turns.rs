//! Where turns begin.

use super::build::TurnFacts;
use super::{ByteRange, Draft, Piece, SpanId, Trace, Turn, Work};

/// Where the file's own turn hint changes, by root.
pub(super) struct TurnStarts(Vec<u32>);

impl TurnStarts {
    /// Of drafts in pre-order.
    pub(super) fn new(drafts: &[Draft]) -> Self {
        let mut hint = 0;
        let mut starts = Vec::new();
        for (i, draft) in drafts.iter().enumerate() {
            if draft.parent.is_none() && draft.turn != hint {
                hint = draft.turn;
                starts.push(i as u32);
            }
        }
        TurnStarts(starts)
    }

    /// A turn begins at each turn span, and where the hint changes. Other roots belong to the turn
    /// before them.
    pub(super) fn turns(self, trace: &Trace, said: &[TurnFacts]) -> Vec<Turn> {
        let mut turns: Vec<Turn> = Vec::new();
        let mut starts = self.0.into_iter().peekable();
        let mut at = 0;
        while let Some(span) = trace.spans.get(at) {
            let starts_here = starts.next_if(|it| *it as usize == at).is_some();
            let facts = match span.work {
                Work::Turn(id) => said.get(id.index()),
                _ => None,
            };
            if turns.is_empty() || facts.is_some() || starts_here {
                turns.push(Turn {
                    first: SpanId::new(at),
                    // Stands for the turn if it is a turn, or (checked below) alone and not an action.
                    span: (facts.is_some() || !matches!(span.work, Work::Llm(_) | Work::Tool(_)))
                        .then(|| SpanId::new(at)),
                    number: facts.and_then(|it| it.number),
                    input: facts
                        .map_or_else(|| input(trace, SpanId::new(at), span.work), |it| it.input),
                });
            } else if let Some(turn) = turns.last_mut()
                && !turn
                    .span
                    .and_then(|it| trace.span(it))
                    .is_some_and(|it| matches!(it.work, Work::Turn(_)))
            {
                turn.span = None;
            }
            at = span.end.max(at as u32 + 1) as usize;
        }
        turns
    }
}

/// What the user said, where a root that is no turn tells. What an LLM call is sent is its own.
fn input(trace: &Trace, root: SpanId, work: Work) -> ByteRange {
    let mut said = trace.pieces_of(root, Piece::Input);
    let said = said.next().filter(|_| !matches!(work, Work::Llm(_)));
    said.unwrap_or_default()
}
