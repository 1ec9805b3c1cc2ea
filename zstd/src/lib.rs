//! Unpacks Zstandard (RFC 8878): the members of an `.eval` zip, a `.jsonl.zst`. Few files are packed
//! so, so this is a wasm of its own, which is fetched when one comes (`src/web/containers.js`).
//!
//! The boundary is four functions over plain memory: [`input`] makes room for what is packed,
//! [`read`] unpacks about a megabyte of it to [`output`], as often as there is more. Each file has
//! an instance of its own, so there is one of everything.
#![allow(
    unsafe_code,
    reason = "names of functions that are exported count as unsafe; nothing here dereferences a pointer"
)]

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// About so many bytes are unpacked at a time.
const PIECE: usize = 1 << 20;

/// A file that is being unpacked.
#[derive(Default)]
pub struct Unpacking {
    input: Vec<u8>,
    /// How much of the input was taken.
    at: usize,
    output: Vec<u8>,
    decoder: Option<FrameDecoder>,
}

/// What is wrong with the input: it is no Zstandard, or it is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl Unpacking {
    /// Of these bytes.
    pub fn new(input: Vec<u8>) -> Self {
        Unpacking {
            input,
            ..Unpacking::default()
        }
    }

    /// The next piece of what was packed; an empty one at the end.
    pub fn piece(&mut self) -> Result<&[u8], Damaged> {
        self.output.clear();
        while self.output.is_empty() && (self.is_in_frame() || self.at < self.input.len()) {
            self.step()?;
        }
        Ok(&self.output)
    }

    fn is_in_frame(&self) -> bool {
        let decoder = self.decoder.as_ref();
        decoder.is_some_and(|it| !it.is_finished() || it.can_collect() > 0)
    }

    /// Begins a frame, or unpacks some blocks of the one that has begun.
    fn step(&mut self) -> Result<(), Damaged> {
        let in_frame = self.is_in_frame();
        let mut rest = self.input.get(self.at..).unwrap_or_default();
        let before = rest.len();
        let decoder = self.decoder.get_or_insert_with(FrameDecoder::new);
        if in_frame {
            if !decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBytes(PIECE);
                decoder
                    .decode_blocks(&mut rest, some)
                    .map_err(|_| Damaged)?;
            }
            if let Some(piece) = decoder.collect() {
                self.output = piece;
            }
        } else {
            match decoder.reset(&mut rest) {
                Ok(()) => {}
                // A frame that holds something else than data.
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    rest = rest.get(length as usize..).ok_or(Damaged)?;
                }
                Err(_) => return Err(Damaged),
            }
        }
        self.at += before - rest.len();
        Ok(())
    }
}

static UNPACKING: LazyLock<Mutex<Unpacking>> = LazyLock::new(Mutex::default);

fn unpacking() -> MutexGuard<'static, Unpacking> {
    UNPACKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for `len` bytes of input, and says where.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn input(len: usize) -> *mut u8 {
    let mut unpacking = unpacking();
    *unpacking = Unpacking::new(vec![0; len]);
    unpacking.input.as_mut_ptr()
}

/// Unpacks the next piece. How many bytes it has: 0 at the end, -1 if the input is damaged.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn read() -> i32 {
    let length = unpacking().piece().map(<[u8]>::len);
    length.map_or(-1, |it| i32::try_from(it).unwrap_or(-1))
}

/// Where the piece is.
#[cfg_attr(target_arch = "wasm32", unsafe(no_mangle))]
pub extern "C" fn output() -> *const u8 {
    unpacking().output.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'tea tea tea tea tea\n' | zstd -c`
    const PACKED: &[u8] = &[
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x5d, 0x00, 0x00, 0x28, 0x74, 0x65, 0x61, 0x20, 0x0a,
        0x01, 0x00, 0x77, 0x8e, 0x08, 0xe4, 0x3a, 0x4d, 0x95,
    ];

    fn all(packed: &[u8]) -> Result<Vec<u8>, Damaged> {
        let mut unpacking = Unpacking::new(packed.to_vec());
        let mut all = Vec::new();
        loop {
            let piece = unpacking.piece()?;
            if piece.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(piece);
        }
    }

    #[test]
    fn frames_one_after_another() {
        assert_eq!(all(PACKED).unwrap(), b"tea tea tea tea tea\n");
        let twice = [PACKED, PACKED].concat();
        assert_eq!(all(&twice).unwrap().len(), 40);
        assert_eq!(all(b"").unwrap(), b"");
    }

    #[test]
    fn what_is_cut_off_or_something_else_is_damaged() {
        for len in 1..PACKED.len() {
            assert_eq!(all(&PACKED[..len]), Err(Damaged), "{len} bytes");
        }
        assert_eq!(all(b"{\"json\": true}"), Err(Damaged));
    }
}
