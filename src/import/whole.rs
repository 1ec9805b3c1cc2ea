//! Files that are there from the first byte to the last.

use super::head::Head;
use super::{Import, ImportError, Imported, formats};

/// The ids of all formats that a file which begins so could be. The first has it.
pub fn formats_of(beginning: &str) -> Vec<&'static str> {
    let head = Head::new(beginning);
    let formats = formats().filter(|it| (it.sniff)(&head));
    formats.map(|it| it.id).collect()
}

/// Reads a whole file as a format, by its place in [`formats()`], whether or not it is one.
pub fn import_as(format: usize, bytes: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    let mut import = Import::default();
    import.push(bytes);
    import.end();
    let text = import.records.chunks.head(Import::HEAD as usize);
    if let Some(format) = formats().nth(format) {
        import.open(format, &Head::new(&text));
    }
    import.finish()
}

/// Imports a whole file.
pub fn import(bytes: impl AsRef<[u8]>) -> Result<Imported, ImportError> {
    import_files([("", bytes)])
}

/// Imports whole files, each with its name.
pub fn import_files<'a>(
    files: impl IntoIterator<Item = (&'a str, impl AsRef<[u8]>)>,
) -> Result<Imported, ImportError> {
    let mut import = Import::default();
    for (name, bytes) in files {
        import.begin_file(name);
        import.expect(bytes.as_ref().len() as u64)?;
        import.push(bytes);
    }
    import.finish()
}
