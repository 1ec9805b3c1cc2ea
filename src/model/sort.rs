//! One sort for all: the standard one is compiled anew for every type, some 4 kB of wasm each.

use super::slices::{SLICE, at_once, in_slices, pause, while_more};

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    at_once(sort_in_slices(items, key));
}

/// The same, with pauses.
pub async fn sort_in_slices<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    let key_at = |at: u32| items.get(at as usize).map_or((0, 0), &key);
    if let Some(from) = order(items.len() as u32, &key_at).await {
        arrange(items, from).await;
    }
}

/// A key, where it stood, and whose it is.
type Keyed = (i64, u32, u32);

/// Where what comes at each place is now; `None` where all are in order.
async fn order(n: u32, key: &dyn Fn(u32) -> (i64, i64)) -> Option<Vec<u32>> {
    if (0..n).is_sorted_by_key(key) {
        return None;
    }
    let mut from: Vec<u32> = (0..n).collect();
    // The last sort rules, and keeps what the first did where it has nothing to say.
    for first in [false, true] {
        let keyed = from.drain(..).zip(0..).map(|(it, place)| {
            let key = key(it);
            (if first { key.0 } else { key.1 }, place, it)
        });
        let sorted = sorted(keyed.collect()).await;
        from.extend(sorted.into_iter().map(|it| it.2));
    }
    Some(from)
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
            let (mut a, mut b) = pair.split_at(width.min(pair.len()));
            while !a.is_empty() || !b.is_empty() {
                pause().await;
                merge(&mut a, &mut b, &mut merged);
            }
        }
        keyed = merged;
        width *= 2;
    }
    keyed
}

/// Moves the next of two sorted lists to `merged`: a slice of them.
fn merge<'a>(a: &mut &'a [Keyed], b: &mut &'a [Keyed], merged: &mut Vec<Keyed>) {
    for _ in 0..SLICE {
        let is_a = match (a.first(), b.first()) {
            (Some(a), Some(b)) => a < b,
            (a, _) => a.is_some(),
        };
        let Some((next, rest)) = (if is_a { *a } else { *b }).split_first() else {
            return;
        };
        merged.push(*next);
        *(if is_a { &mut *a } else { &mut *b }) = rest;
    }
}

/// Puts to each place the item that is now at `from` there, which names each place once.
pub(super) async fn arrange<T>(items: &mut [T], from: Vec<u32>) {
    let swaps = swaps(from).await;
    in_slices(swaps.len(), &mut |slice| {
        for (a, b) in swaps.get(slice).into_iter().flatten() {
            if (*a.max(b) as usize) < items.len() {
                items.swap(*a as usize, *b as usize);
            }
        }
    })
    .await;
}

/// What to swap, one after the other.
async fn swaps(mut from: Vec<u32>) -> Vec<(u32, u32)> {
    let mut swaps = Vec::new();
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
            swaps.push((at as u32, next as u32));
            at = next;
        }
        true
    };
    while_more(&mut || (0..SLICE).all(|_| step())).await;
    swaps
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
