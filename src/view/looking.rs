//! What is on the screen of the traces that were given, and how a query string tells it.

use std::cell::RefCell;
use std::rc::Rc;

use super::{Current, Given, Screen, Shared, Shown, Signals, Wish};
use crate::model::Task;
use crate::state::ViewState;

/// A trace that was chosen of several, while what is derived of it is not all there.
#[derive(Clone, Default)]
pub(super) struct Choosing(Rc<RefCell<Option<Chosen>>>);

struct Chosen {
    given: Shared<Given>,
    task: Task<Shown>,
    /// What names it, and what of it is looked at.
    query: String,
}

impl std::fmt::Debug for Choosing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Choosing")
    }
}

impl Signals {
    /// The trace that is shown, or was last before its list is.
    pub fn shown(&self) -> Option<Shared<Shown>> {
        self.screen.with_untracked(|it| match it {
            Screen::Ready(current) => Some(current.now()),
            Screen::Listing(shown) => Some(shown.clone()),
            _ => None,
        })
    }

    /// The trace on the screen, which may grow.
    pub fn current(&self) -> Option<Current> {
        self.screen.with_untracked(|it| match it {
            Screen::Ready(current) => Some(current.clone()),
            _ => None,
        })
    }

    /// Shows more of the trace that is shown: the view stays where it is.
    pub fn show_more(&self, shown: Shown, query: &str) {
        let Some(current) = self.current() else {
            return self.begin(shown, query);
        };
        let state = ViewState::from_query(query, &shown.trace, &shown.rounds);
        current.replace(shown);
        self.state.set(state);
    }

    /// Shows one of the traces that were given, counted from 0, as far as the query string is about it.
    pub fn show(&self, given: Shared<Given>, at: usize, query: &str) {
        let at = at.min(given.traces.len().saturating_sub(1));
        self.begin(Shown::new(given, at), query);
    }

    /// The same, once it is derived: a large one takes some [`work`](Self::work), and what is shown
    /// stays meanwhile.
    fn choose(&self, given: Shared<Given>, at: usize, query: String) {
        /// Slices, most far below a millisecond, that one does not notice.
        const AT_ONCE: u32 = 32;
        let at = at.min(given.traces.len().saturating_sub(1));
        let task = Task::new(Shown::in_slices(given.clone(), at));
        self.chosen.0.replace(Some(Chosen { given, task, query }));
        let mut left = AT_ONCE;
        self.choose_on(&mut || {
            left -= 1;
            left > 0
        });
    }

    /// Whether a trace that was chosen is shown, or no longer wanted.
    fn choose_on(&self, go_on: &mut dyn FnMut() -> bool) -> bool {
        let Some(mut chosen) = self.chosen.0.take() else {
            return true;
        };
        // Something else may have been loaded since.
        if self.shown().is_none_or(|it| it.given != chosen.given) {
            return true;
        }
        match chosen.task.step(go_on) {
            Some(shown) => self.begin(shown, &chosen.query),
            None => drop(self.chosen.0.replace(Some(chosen))),
        }
        self.chosen.0.borrow().is_none()
    }

    /// Works on at what takes long, as long as `go_on` says. Whether there is nothing more to do.
    pub fn work(&self, go_on: &mut dyn FnMut() -> bool) -> bool {
        self.choose_on(go_on) && self.find.run(go_on)
    }

    /// Shows a trace as far as the query string is about it.
    pub fn begin(&self, shown: Shown, query: &str) {
        let state = ViewState::from_query(query, &shown.trace, &shown.rounds);
        self.screen.set(Screen::Ready(Current::new(shown)));
        self.state.set(state);
    }

    /// Shows the list of the traces that were given.
    pub fn list(&self) {
        if let Some(shown) = self.shown() {
            self.chosen.0.take();
            self.screen.set(Screen::Listing(shown));
            self.state.set(ViewState::default());
        }
    }

    /// What the user is looking at, as a query string. Of several traces it names the one that is
    /// shown; where it names none, that is the list. "" where there is no trace.
    pub fn query(&self) -> String {
        let Some(shown) = self.shown() else {
            return String::new();
        };
        if let Some(chosen) = self.chosen.0.borrow().as_ref() {
            return chosen.query.clone();
        }
        let query = self
            .state
            .get_untracked()
            .to_query(&shown.trace, &shown.rounds);
        let is_listing = self
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

    /// Moves the view to what a query string says.
    pub fn look(&self, query: &str) {
        let Some(shown) = self.shown() else { return };
        match chosen(query) {
            _ if shown.given.traces.len() < 2 => {
                let state = ViewState::from_query(query, &shown.trace, &shown.rounds);
                self.state.set(state);
            }
            Some(at) => {
                let query = query.trim_start_matches(['?', '#']).to_owned();
                self.choose(shown.given.clone(), at, query);
            }
            None => self.list(),
        }
    }

    /// Does what the user asks of the list of traces. Whether the view has moved by that.
    pub fn follow(&self, wish: Wish) -> bool {
        match (wish, self.shown()) {
            (Wish::List, _) => self.list(),
            (Wish::Choose(at), Some(last)) => {
                self.choose(last.given.clone(), at, format!("trace={}", at + 1));
            }
            _ => return false,
        }
        true
    }
}

/// Which trace a query string names.
fn chosen(query: &str) -> Option<usize> {
    let query = query.trim_start_matches(['?', '#']);
    let mut members = query.split('&').filter_map(|it| it.strip_prefix("trace="));
    members.next()?.parse::<usize>().ok()?.checked_sub(1)
}
