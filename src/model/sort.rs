//! One sort for all: the standard one is compiled anew for every type, some 4 kB of wasm each.

use super::slices::{SLICE, at_once, pause, while_more};

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    at_once(sort(&mut By { items, key }));
}

/// The same, with pauses.
pub async fn sort_in_slices<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    sort(&mut By { items, key }).await;
}

/// Puts to each place the item that is now at `from` there, which names each place once.
pub(super) async fn arrange<T>(items: &mut [T], from: Vec<u32>) {
    let key = |_: &T| (0, 0);
    put(&mut By { items, key }, from).await;
}

/// What is sorted, of whatever type.
trait Items {
    fn len(&self) -> usize;
    fn key(&self, at: usize) -> (i64, i64);
    fn swap(&mut self, a: usize, b: usize);
}

struct By<'a, T, Key> {
    items: &'a mut [T],
    key: Key,
}

impl<T, Key: Fn(&T) -> (i64, i64)> Items for By<'_, T, Key> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn key(&self, at: usize) -> (i64, i64) {
        self.items.get(at).map_or((0, 0), &self.key)
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a.max(b) < self.items.len() {
            self.items.swap(a, b);
        }
    }
}

/// A key, where it stood, and whose it is.
type Keyed = (i64, u32, u32);

async fn sort(items: &mut dyn Items) {
    let n = items.len();
    if (0..n).is_sorted_by_key(|it| items.key(it)) {
        return;
    }
    let mut from: Vec<u32> = (0..n as u32).collect();
    // The last sort rules, and keeps what the first did where it has nothing to say.
    for first in [false, true] {
        let keyed = from.drain(..).zip(0..).map(|(it, place)| {
            let key = items.key(it as usize);
            (if first { key.0 } else { key.1 }, place, it)
        });
        let sorted = sorted(keyed.collect()).await;
        from.extend(sorted.into_iter().map(|it| it.2));
    }
    put(items, from).await;
}

/// Sorted. Slices are sorted, then two made one.
async fn sorted(mut keyed: Vec<Keyed>) -> Vec<Keyed> {
    if keyed.is_sorted() {
        return keyed;
    }
    for slice in keyed.chunks_mut(SLICE) {
        pause().await;
        slice.sort_unstable();
    }
    let mut width = SLICE;
    while width < keyed.len() {
        let mut merged = Vec::with_capacity(keyed.len());
        for pair in keyed.chunks(width * 2) {
            let (a, mut b) = pair.split_at(width.min(pair.len()));
            pause().await;
            // What comes in time is nearly sorted: little of two neighbors overlaps.
            let n_before = b.first().map_or(a.len(), |b| a.partition_point(|a| a < b));
            let (before, mut a) = a.split_at(n_before);
            merged.extend_from_slice(before);
            while !a.is_empty() && !b.is_empty() {
                pause().await;
                merge(&mut a, &mut b, &mut merged);
            }
            merged.extend_from_slice(a);
            merged.extend_from_slice(b);
        }
        keyed = merged;
        width *= 2;
    }
    keyed
}

/// Moves the next of two sorted lists to `merged`: a slice of them, or until one ends.
fn merge<'a>(a: &mut &'a [Keyed], b: &mut &'a [Keyed], merged: &mut Vec<Keyed>) {
    for _ in 0..SLICE {
        let (Some((first, rest_a)), Some((second, rest_b))) = (a.split_first(), b.split_first())
        else {
            return;
        };
        if first < second {
            merged.push(*first);
            *a = rest_a;
        } else {
            merged.push(*second);
            *b = rest_b;
        }
    }
}

/// See [`arrange`].
async fn put(items: &mut dyn Items, mut from: Vec<u32>) {
    // Round the circle of places that begins at `first`; one that was put right is its own.
    let (mut first, mut at) = (0, 0);
    let mut step = || {
        let Some(it) = from.get_mut(at) else {
            return false;
        };
        let next = std::mem::replace(it, at as u32) as usize;
        if next == first {
            first += 1;
            at = first;
        } else {
            items.swap(at, next);
            at = next;
        }
        true
    };
    while_more(|| (0..SLICE).all(|_| step())).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_stable() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        sort_by_key(&mut items, |it| (it.0, 0));
        assert_eq!(items, [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
    }

    #[test]
    fn sorts_by_two_keys() {
        let mut items = vec![(2, 1), (1, 2), (2, 0), (1, 1), (1, 2)];
        sort_by_key(&mut items, |it| *it);
        assert_eq!(items, [(1, 1), (1, 2), (1, 2), (2, 0), (2, 1)]);
    }

    #[test]
    fn sorts_what_is_in_several_slices() {
        let mut items: Vec<(i64, u32)> = (0..SLICE as u32 * 3 + 5)
            .map(|it| (i64::from(it.wrapping_mul(7919) % 1000), it))
            .collect();
        sort_by_key(&mut items, |it| (it.0, 0));
        assert!(items.is_sorted());
    }

    #[test]
    fn arranges_in_circles() {
        let mut items = ['a', 'b', 'c', 'd', 'e'];
        at_once(arrange(&mut items, vec![3, 1, 4, 2, 0]));
        assert_eq!(items, ['d', 'b', 'e', 'c', 'a']);
    }
}
