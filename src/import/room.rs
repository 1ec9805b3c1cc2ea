//! Whether a file has room in memory.

/// Whether there is memory for a file of so many bytes and what is made of it. To run out of memory is
/// the end of every viewer on the page, so a large file is told of before.
pub(super) fn has_room(total_bytes: u64) -> bool {
    /// A file of less is there in memory already, or nearly.
    const SMALL: u64 = 64 << 20;
    /// No piece of memory may be larger than half of what a wasm has.
    const PIECE: u64 = 256 << 20;
    if total_bytes < SMALL {
        return true;
    }
    // At least so much is made of a file; of small spans more.
    let mut left = total_bytes + total_bytes / 4;
    let mut held = Vec::new();
    while left > 0 && total_bytes < u64::from(u32::MAX) {
        let piece = left.min(PIECE);
        let mut room: Vec<u8> = Vec::new();
        if room.try_reserve_exact(piece as usize).is_err() {
            return false;
        }
        held.push(room);
        left -= piece;
    }
    left == 0
}
