//! What one wasm has read and another one shows is the same as if it had read it itself.

use trace_tab::import::{Import, import, packed, unpacked};
use trace_tab::model::Source;

use crate::files::{self, File};
use crate::{dump, invariants};

#[test]
fn what_was_read_elsewhere_is_the_same() {
    let mut files = files::fixtures();
    files.extend(files::all_of_the_corpus());
    for file in files {
        let read = import(&file.bytes);
        let adopted = unpacked(source(&file), &packed(&read));
        match (read, adopted) {
            (Ok(read), Ok(adopted)) => {
                adopted.traces.iter().for_each(invariants::check_trace);
                let [read, adopted] = [read, adopted].map(|it| dump::traces(&it.traces));
                assert_eq!(read, adopted, "{}", file.name);
            }
            (Err(read), Err(adopted)) => {
                let told = (read.code(), read.offset(), read.to_string());
                let also = (adopted.code(), adopted.offset(), adopted.to_string());
                assert_eq!(told, also, "{}", file.name);
            }
            (read, _) => panic!("{}: read here {}", file.name, read.is_ok()),
        }
    }
}

/// Bytes of another release, or cut off: an error, and nothing worse.
#[test]
fn damaged_on_the_way() {
    for file in files::fixtures() {
        let whole = packed(&import(&file.bytes));
        for len in (0..whole.len()).step_by(whole.len() / 16 + 1) {
            let told = unpacked(source(&file), &whole[..len]);
            assert_eq!(told.unwrap_err().code(), "internal", "{}", file.name);
        }
    }
}

fn source(file: &File) -> Source {
    let mut import = Import::default();
    import.begin_file("");
    import.push(&file.bytes);
    import.into_source()
}
