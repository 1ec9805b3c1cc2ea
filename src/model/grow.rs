//! How much room to make: tables of a million entries that double leave holes half their size.

/// How much of a file was read, in bytes, and how much there is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Growth {
    pub(super) read: u64,
    /// 0 where nobody knows.
    pub(super) total: u64,
}

impl Growth {
    /// How many entries to make room for beside the `len` that are there: as many as the rest of
    /// the file has, if it goes on as it began.
    pub(super) fn more(self, len: usize) -> usize {
        /// A sixteenth of a file, not less, tells what the rest is like.
        const ENOUGH: u64 = 16;
        let some = len / 4 + 4;
        if self.total <= self.read {
            return some;
        }
        if self.total / ENOUGH > self.read {
            return some + len * 3;
        }
        let left = u128::from(self.total - self.read) * len as u128 / u128::from(self.read.max(1));
        left as usize + len / 32 + 4
    }

    /// Adds an entry to a table.
    pub(super) fn push<T>(self, items: &mut Vec<T>, item: T) {
        if items.len() == items.capacity() {
            // What was only expected may be too much; what is pushed is not.
            let _ = items.try_reserve_exact(self.more(items.len()));
        }
        items.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_room_for_the_rest() {
        let growth = Growth {
            read: 1_000,
            total: 4_000,
        };
        assert_eq!(growth.more(100), 300 + 3 + 4);
    }

    #[test]
    fn grows_by_a_part_when_the_rest_is_not_known() {
        assert_eq!(Growth::default().more(400), 104);
        let begun = Growth {
            read: 1,
            total: 1_000_000,
        };
        assert_eq!(begun.more(100), 29 + 300);
    }
}
