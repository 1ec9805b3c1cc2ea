//! The archives among the real files, unpacked as the browser does it (`src/web/containers.js`).

use std::io::Read;

use flate2::read::DeflateDecoder;
use ruzstd::decoding::StreamingDecoder;

use trace_tab::import::{ImportError, Imported, import_files};

use crate::files::File;

/// Imports a file, or what is in it.
pub(crate) fn import(file: &File) -> Result<Imported, ImportError> {
    let members = members(file);
    import_files(members.iter().map(|it| (it.name.as_str(), &it.bytes)))
}

/// The members of a file, in their order, if it is a zip file; else the file itself.
pub(crate) fn members(file: &File) -> Vec<File> {
    let bytes = &file.bytes;
    if !bytes.starts_with(b"PK") {
        return vec![File {
            name: String::new(),
            bytes: bytes.clone(),
        }];
    }
    let end = bytes
        .windows(4)
        .rposition(|it| it == b"PK\x05\x06")
        .unwrap();
    let n_members = number(bytes, end + 10, 2);
    let mut at = number(bytes, end + 16, 4);
    let mut members = Vec::new();
    for _ in 0..n_members {
        let [name, extra, comment] = [28, 30, 32].map(|it| number(bytes, at + it, 2));
        let name = &bytes[at + 46..][..name];
        let (method, packed) = (number(bytes, at + 10, 2), number(bytes, at + 20, 4));
        let local = number(bytes, at + 42, 4);
        let start = local + 30 + number(bytes, local + 26, 2) + number(bytes, local + 28, 2);
        members.push(File {
            name: String::from_utf8(name.to_vec()).unwrap(),
            bytes: unpacked(method, &bytes[start..][..packed]),
        });
        at += 46 + name.len() + extra + comment;
    }
    members
}

fn unpacked(method: usize, packed: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = match method {
        0 => packed.to_vec().as_slice().read_to_end(&mut bytes),
        8 => DeflateDecoder::new(packed).read_to_end(&mut bytes),
        93 => StreamingDecoder::new(packed)
            .unwrap()
            .read_to_end(&mut bytes),
        _ => panic!("packed by method {method}"),
    };
    read.unwrap();
    bytes
}

/// A number of `size` bytes, the lowest first.
fn number(bytes: &[u8], at: usize, size: usize) -> usize {
    let digits = bytes[at..][..size].iter().rev();
    digits.fold(0, |sum, it| sum << 8 | usize::from(*it))
}
