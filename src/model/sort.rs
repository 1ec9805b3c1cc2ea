//! One sort for all: the standard one is compiled anew for every type, some 4 kB of wasm each.

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    let key_at = |at: u32| items.get(at as usize).map_or((0, 0), &key);
    if let Some(mut from) = order(items.len() as u32, &key_at) {
        arrange(items, &mut from);
    }
}

/// Where what comes at each place is now; `None` where all are in order.
fn order(n: u32, key: &dyn Fn(u32) -> (i64, i64)) -> Option<Vec<u32>> {
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
        let mut keyed: Vec<(i64, u32, u32)> = keyed.collect();
        if !keyed.is_sorted() {
            keyed.sort_unstable();
        }
        from.extend(keyed.into_iter().map(|it| it.2));
    }
    Some(from)
}

/// Puts to each place the item that is now at `from` there, which names each place once.
pub(super) fn arrange<T>(items: &mut [T], from: &mut [u32]) {
    for first in 0..from.len() {
        // Round the circle of places that begins here; one that was put right is its own.
        let mut at = first;
        while let Some(it) = from.get_mut(at) {
            let next = std::mem::replace(it, at as u32) as usize;
            if next == first || next >= items.len() {
                break;
            }
            items.swap(at, next);
            at = next;
        }
    }
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
    fn arranges_in_circles() {
        let mut items = ['a', 'b', 'c', 'd', 'e'];
        arrange(&mut items, &mut [3, 1, 4, 2, 0]);
        assert_eq!(items, ['d', 'b', 'e', 'c', 'a']);
    }
}
