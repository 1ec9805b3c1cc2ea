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

/// Works on `0..n` with pauses, a slice at a time. What is done to a slice is a plain function, and as
/// fast as one.
pub async fn in_slices(n: usize, work: &mut dyn FnMut(Range<usize>)) {
    for slice in slices(n) {
        pause().await;
        work(slice);
    }
}

/// The same, from the last slice to the first.
pub async fn from_end(n: usize, work: &mut dyn FnMut(Range<usize>)) {
    for slice in slices(n).rev() {
        pause().await;
        work(slice);
    }
}

/// Works on with pauses while `work`, a slice of it, says that there is more.
pub async fn while_more(work: &mut dyn FnMut() -> bool) {
    while work() {
        pause().await;
    }
}

/// How many entries to work on between two pauses: less than two milliseconds of work.
pub const SLICE: usize = 1 << 14;

/// `0..n` in slices, from the first to the last.
fn slices(n: usize) -> impl DoubleEndedIterator<Item = Range<usize>> {
    (0..n.div_ceil(SLICE)).map(move |it| it * SLICE..n.min((it + 1) * SLICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sum(n: usize) -> usize {
        let mut sum = 0;
        in_slices(n, &mut |slice| sum += slice.sum::<usize>()).await;
        sum
    }

    #[test]
    fn slices_come_in_order() {
        let mut all: Vec<usize> = Vec::new();
        let n = 2 * SLICE + 3;
        at_once(in_slices(n, &mut |it| all.extend(it)));
        assert!(all.iter().copied().eq(0..n));
        at_once(from_end(n, &mut |it| all.truncate(all.len() - it.len())));
        assert!(all.is_empty());
        let mut ends = Vec::new();
        at_once(from_end(n, &mut |it| ends.push(it)));
        assert_eq!(ends, [2 * SLICE..n, SLICE..2 * SLICE, 0..SLICE]);
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
