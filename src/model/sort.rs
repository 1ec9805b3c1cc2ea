//! One sort for all: the standard one is compiled anew for every type, some 4 kB of wasm each.

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T>(items: &mut [T], key: impl Fn(&T) -> (i64, i64)) {
    if !items.is_sorted_by_key(&key) {
        // The last sort rules, and keeps what the first did where it has nothing to say.
        sort_by(items, |it| key(it).1);
        sort_by(items, |it| key(it).0);
    }
}

fn sort_by<T>(items: &mut [T], key: impl Fn(&T) -> i64) {
    if items.is_sorted_by_key(&key) {
        return;
    }
    let mut order: Vec<(i64, u32)> = items.iter().map(key).zip(0..).collect();
    order.sort_unstable();
    let mut from: Vec<u32> = order.into_iter().map(|it| it.1).collect();
    arrange(items, &mut from);
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
