//! The identity of what is being built, and tables by it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::num::NonZeroU64;

use foldhash::quality::FixedState;

use super::DraftId;

/// The identity of a span while building: of an id in the file, or of a draft that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanKey(pub(super) NonZeroU64);

impl SpanKey {
    const DRAFT: u64 = 1 << 63;

    /// The key of an id in the file: the same parts, the same key.
    pub fn of(id: impl Hash) -> Self {
        /// Any: keys are the same in each run and on each machine.
        const HASH: FixedState = FixedState::with_seed(0);
        let hash = HASH.hash_one(id);
        SpanKey(NonZeroU64::MIN.saturating_add((hash & !Self::DRAFT) >> 1))
    }

    /// The key of a draft.
    pub(super) fn of_draft(id: DraftId) -> Self {
        SpanKey(NonZeroU64::MIN.saturating_add(Self::DRAFT | u64::from(id.0)))
    }

    /// The draft behind a [`DraftId::key`].
    pub(super) fn draft(self) -> Option<DraftId> {
        let raw = self.0.get() - 1;
        (raw & Self::DRAFT != 0).then_some(DraftId(raw as u32))
    }
}

/// What belongs to each key.
pub type KeyMap<T> = HashMap<SpanKey, T, BuildHasherDefault<KeyHasher>>;

/// Some keys.
pub type KeySet = HashSet<SpanKey, BuildHasherDefault<KeyHasher>>;

/// Takes a key for its own hash, which it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

/// Finds entries of a table that knows their keys: a third of what a map takes that has them too.
pub(super) struct Places {
    slots: Vec<u32>,
}

impl Places {
    const FREE: u32 = u32::MAX;

    /// Room for `n` entries.
    pub(super) fn new(n: usize) -> Self {
        Places {
            slots: vec![Self::FREE; (n + n / 2 + 1).next_power_of_two()],
        }
    }

    /// Where `key` is or would be: `is_key` tells whether the entry at a place has it.
    fn slot(&self, key: SpanKey, is_key: impl Fn(u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = key.0.get() as usize & mask;
        while let Some(place) = self.slots.get(at) {
            if *place == Self::FREE || is_key(*place) {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    /// The entry that has `key`.
    pub(super) fn get(&self, key: SpanKey, is_key: impl Fn(u32) -> bool) -> Option<u32> {
        let place = self.slots.get(self.slot(key, is_key)).copied();
        place.filter(|it| *it != Self::FREE)
    }

    /// Puts the entry at `place` there for `key`. Gives back the one that was.
    pub(super) fn insert(
        &mut self,
        key: SpanKey,
        place: u32,
        is_key: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let at = self.slot(key, is_key);
        let slot = self.slots.get_mut(at)?;
        Some(std::mem::replace(slot, place)).filter(|it| *it != Self::FREE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_key() {
        let keys: Vec<SpanKey> = (0..100).map(SpanKey::of).collect();
        let mut places = Places::new(keys.len());
        let has = |place: u32, key| keys.get(place as usize) == Some(&key);
        for (i, key) in keys.iter().enumerate() {
            assert_eq!(places.insert(*key, i as u32, |it| has(it, *key)), None);
        }
        for (i, key) in keys.iter().enumerate() {
            assert_eq!(places.get(*key, |it| has(it, *key)), Some(i as u32));
        }
        let other = SpanKey::of("other");
        assert_eq!(places.get(other, |it| has(it, other)), None);
        assert_eq!(places.insert(keys[7], 7, |it| has(it, keys[7])), Some(7));
    }

    #[test]
    fn a_draft_has_a_key_of_its_own() {
        assert_eq!(DraftId(7).key().draft(), Some(DraftId(7)));
        assert_eq!(SpanKey::of(7).draft(), None);
    }
}
