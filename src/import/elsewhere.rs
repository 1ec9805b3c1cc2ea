//! What another build of this crate has read, on its way to the viewer: the rare formats are in a
//! wasm of their own (`formats/`).

use super::{FORMATS, ImportError, Imported, Unread};
use crate::model::{Pack, Source, Trace, pack_traces, unpack_traces};

/// The bytes of what an import gave, for [`unpacked`].
pub fn packed(read: &Result<Imported, ImportError>) -> Vec<u8> {
    let mut out = Vec::new();
    match read {
        Ok(imported) => {
            true.pack(&mut out);
            let number = |it: &Trace| FORMATS.iter().position(|known| known.id == it.format);
            let number = |it: &Trace| number(it).unwrap_or_default() as u32;
            pack_traces(&imported.traces, number, &mut out);
            let unread = imported.unread.iter();
            let unread: Vec<_> = unread
                .map(|it| (it.name.clone(), told(&it.error)))
                .collect();
            unread.pack(&mut out);
        }
        Err(error) => {
            false.pack(&mut out);
            told(error).pack(&mut out);
        }
    }
    out
}

/// What was read of `source`, by its bytes. An error as well if they are damaged.
pub fn unpacked(source: Source, mut bytes: &[u8]) -> Result<Imported, ImportError> {
    read(source, &mut bytes).unwrap_or_else(|| {
        let message = "What the wasm for rare formats has read is damaged. Take all files from the same release.";
        Err(ImportError::Elsewhere(
            "internal".to_owned(),
            None,
            message.to_owned(),
        ))
    })
}

fn read(source: Source, bytes: &mut &[u8]) -> Option<Result<Imported, ImportError>> {
    if !bool::unpack(bytes)? {
        return Some(Err(error(Pack::unpack(bytes)?)));
    }
    let format = |it: u32| FORMATS.get(it as usize).map(|it| (it.id, it.name));
    let traces = unpack_traces(source, format, bytes)?;
    let unread: Vec<(String, Told)> = Pack::unpack(bytes)?;
    let unread = unread.into_iter().map(|(name, it)| Unread {
        name,
        error: error(it),
    });
    let unread = unread.collect();
    Some(Ok(Imported { traces, unread }))
}

/// An error as it is told: code, offset and message.
type Told = (String, Option<u64>, String);

fn told(error: &ImportError) -> Told {
    (error.code().to_owned(), error.offset(), error.to_string())
}

fn error((code, offset, message): Told) -> ImportError {
    ImportError::Elsewhere(code, offset, message)
}
