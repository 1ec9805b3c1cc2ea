//! The files that the tests read: fixtures of this repository, and a corpus where there is one.

use std::path::{Path, PathBuf};

/// The folder of this repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file that is read in tests.
#[derive(Clone)]
pub(crate) struct File {
    /// Where it lies, below the folder of fixtures or of the corpus.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// All files below `folder`, by name; of a file, itself.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    if folder.is_file() {
        return vec![folder.to_owned()];
    }
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(root: &Path, path: &Path) -> File {
    let name = path.strip_prefix(root).unwrap().to_string_lossy();
    File {
        name: name.replace('\\', "/"),
        bytes: std::fs::read(path).unwrap(),
    }
}

/// Every fixture.
pub(crate) fn fixtures() -> Vec<File> {
    let root = root().join("tests/fixtures");
    below(&root).iter().map(|it| read(&root, it)).collect()
}

/// Where the corpus is, if it is there.
pub(crate) fn corpus_folder() -> PathBuf {
    std::env::var_os("TRACE_CORPUS").map_or_else(|| root().join("../shared/traces"), PathBuf::from)
}

/// The files of `folders` of the corpus (`TRACE_CORPUS`); none, and a word about it, without one.
pub(crate) fn corpus(folders: &[&str]) -> Vec<File> {
    let corpus = corpus_folder();
    if !corpus.is_dir() {
        println!("skipped the corpus: there is none at {}", corpus.display());
        return Vec::new();
    }
    let files: Vec<File> = folders
        .iter()
        .flat_map(|it| below(&corpus.join(it)))
        .map(|it| read(&corpus, &it))
        .collect();
    println!("read {} files of {}", files.len(), folders.join(", "));
    files
}

/// Every file of the corpus whose format is read.
pub(crate) fn all_of_the_corpus() -> Vec<File> {
    let counted = crate::counts::ALL.iter().flat_map(|it| it.folders);
    let folders: Vec<&str> = counted.copied().collect();
    let mut files = corpus(&folders);
    // A folder may hold files of several formats.
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    files
}
