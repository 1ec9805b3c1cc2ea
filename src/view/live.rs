//! What changes, and what runs anew when it does.
//!
//! Leptos compiles its signals, memos and effects once for each type in them. So there is one cell
//! here, which has the same trigger whatever is in it, and one kind of effect.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;

use crate::state::{DetailTab, Folds, RowId, ViewState, Window};
use crate::text::spoken;

/// A value that tells who read it when it changes.
#[derive(Debug, Default)]
pub struct Live<T>(Rc<Inner<T>>);

#[derive(Debug, Default)]
struct Inner<T> {
    changed: ArcTrigger,
    value: RefCell<T>,
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Live(self.0.clone())
    }
}

impl<T> Live<T> {
    /// A value, as it is at first.
    pub fn new(value: T) -> Self {
        Live(Rc::new(Inner {
            changed: ArcTrigger::new(),
            value: RefCell::new(value),
        }))
    }

    /// Looks at the value: what runs now, runs anew when it changes. What looks must not set it.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.0.changed.track();
        self.with_untracked(look)
    }

    /// Looks at the value as it is now.
    pub fn with_untracked<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        look(&self.0.value.borrow())
    }

    /// Sets the value. Nobody hears of one that is the same.
    pub fn set(&self, value: T)
    where
        T: PartialEq,
    {
        if *self.0.value.borrow() != value {
            self.0.value.replace(value);
            self.0.changed.notify();
        }
    }

    /// Changes the value in place.
    pub fn update(&self, change: impl FnOnce(&mut T)) {
        self.update_untracked(change);
        self.0.changed.notify();
    }

    /// Changes the value in place in a way that nobody sees.
    pub(super) fn update_untracked<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        change(&mut self.0.value.borrow_mut())
    }
}

impl<T: Clone> Live<T> {
    /// The value: what runs now, runs anew when it changes.
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// The value as it is now.
    pub fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

/// A [`ViewState`], each part for itself: who reads one does not hear of the others.
#[derive(Clone, Debug, Default)]
pub struct LiveState {
    /// The row whose detail is shown.
    pub selected: Live<Option<RowId>>,
    /// Which tab of the detail.
    pub tab: Live<DetailTab>,
    /// Which rows are closed.
    pub folds: Live<Folds>,
    /// The stretch of time that the waterfall shows; all of it if `None`.
    pub window: Live<Option<Window>>,
    /// What is looked for; "" for nothing.
    pub find: Live<String>,
    /// Whether only the rows in which it is found are shown: then, which rows were closed before.
    pub only: Live<Option<Folds>>,
}

impl LiveState {
    /// What is looked at now.
    pub fn get_untracked(&self) -> ViewState {
        ViewState {
            selected: self.selected.get_untracked(),
            tab: self.tab.get_untracked(),
            folds: self.folds.get_untracked(),
            window: self.window.get_untracked(),
            find: self.find.get_untracked(),
            only: self.only.get_untracked(),
        }
    }

    /// Looks at something else.
    pub fn set(&self, state: ViewState) {
        self.selected.set(state.selected);
        self.tab.set(state.tab);
        self.folds.set(state.folds);
        self.window.set(state.window);
        self.find.set(state.find);
        self.only.set(state.only);
    }
}

/// What [`watch`] does goes on until this is dropped.
pub(super) type Watch = RenderEffect<()>;

/// Runs `run`, and again whenever something changes that it read. Boxed: another kind of closure
/// would be another effect to compile. It speaks the language that is spoken now.
pub(super) fn watch(run: Box<dyn Fn()>) -> Watch {
    let language = spoken();
    RenderEffect::new(move |_| {
        language.speak();
        run();
    })
}
