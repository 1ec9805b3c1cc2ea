//! One sort for all: the standard one is compiled anew for every type, some 4 kB of wasm each.

/// Sorts by a key; what has equal keys keeps its order.
pub fn sort_by_key<T>(items: &mut Vec<T>, key: impl Fn(&T) -> (i64, i64)) {
    let keyed = items.iter().enumerate().map(|(i, it)| {
        let (first, second) = key(it);
        (first, second, i as u32)
    });
    let mut order: Vec<(i64, i64, u32)> = keyed.collect();
    if order.is_sorted() {
        return;
    }
    order.sort_unstable();
    let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(
        order
            .into_iter()
            .filter_map(|it| unsorted.get_mut(it.2 as usize)?.take()),
    );
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
}
