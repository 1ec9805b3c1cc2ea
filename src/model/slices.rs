//! Long work in slices, so that a page goes on meanwhile: it is written as `async`, pauses every few
//! thousand entries, and goes on when it is asked to.

use std::future::Future;
use std::ops::Range;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Work that is done in slices.
pub struct Task<T>(Pin<Box<dyn Future<Output = T>>>);

impl<T> std::fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Task")
    }
}

impl<T> Task<T> {
    /// Work that waits for nothing but [`pause`].
    pub fn new(work: impl Future<Output = T> + 'static) -> Self {
        Task(Box::pin(work))
    }

    /// Works on while `go_on` says so, from one pause to the next. What came of it, once it is done; it
    /// must not be asked after that.
    pub fn step(&mut self, mut go_on: impl FnMut() -> bool) -> Option<T> {
        loop {
            match self
                .0
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
            {
                Poll::Ready(it) => return Some(it),
                Poll::Pending if go_on() => {}
                Poll::Pending => return None,
            }
        }
    }
}

/// Does all of the work now.
pub fn at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        let polled = work.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(it) = polled {
            return it;
        }
    }
}

/// Lets others work, if it is time for that.
pub fn pause() -> Pause {
    Pause(false)
}

/// The same, but only every [`SLICE`] entries: at the one with such a number.
pub fn pause_at(entry: usize) -> Pause {
    Pause(!entry.is_multiple_of(SLICE))
}

/// See [`pause`]. Whether it is over.
#[derive(Debug)]
pub struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

/// How many entries to work on between two pauses: less than two milliseconds of work.
pub const SLICE: usize = 1 << 14;

/// `0..n` in slices, from the first to the last.
pub fn slices(n: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
    (0..n.div_ceil(SLICE)).map(move |it| it * SLICE..n.min((it + 1) * SLICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sum(n: usize) -> usize {
        let mut sum = 0;
        for slice in slices(n) {
            pause().await;
            sum += slice.sum::<usize>();
        }
        sum
    }

    #[test]
    fn every_entry_is_in_one_slice() {
        let n = 3 * SLICE + 7;
        assert_eq!(at_once(sum(n)), n * (n - 1) / 2);
        assert_eq!(at_once(sum(0)), 0);
    }

    #[test]
    fn a_task_stops_at_a_pause() {
        let mut task = Task::new(sum(3 * SLICE));
        assert_eq!(task.step(|| false), None);
        let mut left = 1;
        let once = || std::mem::replace(&mut left, 0) > 0;
        assert_eq!(task.step(once), None);
        assert!(task.step(|| true).is_some());
    }
}
