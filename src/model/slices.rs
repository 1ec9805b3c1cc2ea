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
pub fn in_slices(n: usize, work: &mut impl FnMut(Range<usize>)) -> InSlices<'_> {
    InSlices {
        left: 0..n,
        from_end: false,
        has_paused: false,
        work,
    }
}

/// The same, from the last slice to the first.
pub fn from_end(n: usize, work: &mut impl FnMut(Range<usize>)) -> InSlices<'_> {
    InSlices {
        from_end: true,
        ..in_slices(n, work)
    }
}

/// Works on with pauses while `work`, a slice of it, says that there is more.
pub async fn while_more(mut work: impl FnMut() -> bool) {
    while work() {
        pause().await;
    }
}

/// What is done to a slice. Not a closure as such: of that there would be two copies.
trait Work {
    fn work(&mut self, slice: Range<usize>);
}

impl<F: FnMut(Range<usize>)> Work for F {
    fn work(&mut self, slice: Range<usize>) {
        self(slice);
    }
}

/// See [`in_slices`].
pub struct InSlices<'a> {
    left: Range<usize>,
    from_end: bool,
    has_paused: bool,
    work: &'a mut dyn Work,
}

impl std::fmt::Debug for InSlices<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InSlices")
    }
}

impl Future for InSlices<'_> {
    type Output = ();

    // A task has many of them: each is a call, not a copy.
    #[inline(never)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::take(&mut self.has_paused) {
            let Range { start, end } = self.left;
            if self.from_end {
                let middle = (end - 1) / SLICE * SLICE;
                self.left.end = middle;
                self.work.work(middle..end);
            } else {
                let middle = end.min(start + SLICE);
                self.left.start = middle;
                self.work.work(start..middle);
            }
        }
        if self.left.is_empty() {
            return Poll::Ready(());
        }
        self.has_paused = true;
        Poll::Pending
    }
}

/// How many entries to work on between two pauses: less than two milliseconds of work.
pub const SLICE: usize = 1 << 14;

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
