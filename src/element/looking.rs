//! What is on the screen of the traces that were given, and how a query string tells it.

use crate::state::ViewState;
use crate::view::{Current, Given, Screen, Shared, Shown, Signals};

/// The trace that is shown, or was last before its list is.
pub(super) fn shown(signals: &Signals) -> Option<Shared<Shown>> {
    signals.screen.with_untracked(|it| match it {
        Screen::Ready(current) => Some(current.now()),
        Screen::Listing(shown) => Some(shown.clone()),
        _ => None,
    })
}

/// The trace on the screen, which may grow.
pub(super) fn current(signals: &Signals) -> Option<Current> {
    signals.screen.with_untracked(|it| match it {
        Screen::Ready(current) => Some(current.clone()),
        _ => None,
    })
}

/// Shows more of the trace that is shown: the view stays where it is.
pub(super) fn show_more(signals: &Signals, given: Shared<Given>, query: &str) {
    let Some(current) = current(signals) else {
        return show(signals, given, 0, query);
    };
    let shown = Shown::new(given, 0);
    let state = ViewState::from_query(query, &shown.trace, &shown.rounds);
    current.replace(shown);
    signals.state.set(state);
}

/// Shows one of the traces that were given, as far as the query string is about it.
pub(super) fn show(signals: &Signals, given: Shared<Given>, at: usize, query: &str) {
    let at = at.min(given.traces.len().saturating_sub(1));
    let shown = Shown::new(given, at);
    let state = ViewState::from_query(query, &shown.trace, &shown.rounds);
    signals.screen.set(Screen::Ready(Current::new(shown)));
    signals.state.set(state);
}

/// Shows the list of the traces that were given.
pub(super) fn list(signals: &Signals) {
    if let Some(shown) = shown(signals) {
        signals.screen.set(Screen::Listing(shown));
        signals.state.set(ViewState::default());
    }
}

/// What the user is looking at, as a query string. Of several traces it names the one that is
/// shown; where it names none, that is the list.
pub(super) fn query(signals: &Signals, shown: &Shown) -> String {
    let state = signals.state.get_untracked();
    let query = state.to_query(&shown.trace, &shown.rounds);
    let is_listing = signals
        .screen
        .with_untracked(|it| matches!(it, Screen::Listing(_)));
    if is_listing {
        return String::new();
    }
    if shown.given.traces.len() < 2 {
        return query;
    }
    let divider = if query.is_empty() { "" } else { "&" };
    format!("trace={}{divider}{query}", shown.at + 1)
}

/// Which trace a query string names.
pub(super) fn chosen(query: &str) -> Option<usize> {
    let query = query.trim_start_matches(['?', '#']);
    let mut members = query.split('&').filter_map(|it| it.strip_prefix("trace="));
    members.next()?.parse::<usize>().ok()?.checked_sub(1)
}
