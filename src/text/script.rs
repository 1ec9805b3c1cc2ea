//! What the script says to people, in English.
//!
//! The script (`src/web/*.js`) names a text by its key, as `say.no_wasm(url, status)`, and `cargo xtask
//! bundle` puts the English in its place: before there is a wasm, the script must have it itself. `{0}`,
//! `{1}`… are filled in. What only developers see (the console, wrong use of the API) is not in here.
//!
//! A module of `languages/`, as `phrases.rs` is; the viewer itself has no use for it.

macro_rules! texts {
    ($($key:ident: $english:literal,)*) => {
        /// Each text, by its key.
        pub const SCRIPT: &[(&str, &str)] = &[$((stringify!($key), $english)),*];

        /// All of them in another language.
        pub struct ScriptTexts {
            $(#[doc = $english] pub $key: &'static str,)*
        }

        impl ScriptTexts {
            /// Each text in English, and what it is in this language.
            pub fn pairs(&self) -> Vec<(&'static str, &'static str)> {
                vec![$(($english, self.$key)),*]
            }
        }
    };
}

texts! {
    // The start of the wasm.
    too_old: "This browser is too old for Trace Tab. It needs Chrome or Edge 123, Firefox 125, Safari 17.5, or newer.",
    from_disk: "Trace Tab cannot load from file://. Serve the page from a web server (any static one will do).",
    policy_blocks: "The page's Content-Security-Policy blocks {0}. Add {1} to connect-src.",
    policy_forbids: "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to script-src.",
    no_wasm: "The viewer's wasm is not there: {0} answered {1}. It belongs beside trace-tab.js.",
    wasm_unreachable: "The viewer's wasm could not be had from {0}. Check the network, and, for another origin, its Access-Control-Allow-Origin header.",
    other_wasm: "The viewer's wasm at {0} is not the one that this trace-tab.js was published with. Take both files from the same release.",
    not_wasm: "{0} is not WebAssembly but a web page. The server must send the file itself, as application/wasm.",
    damaged_wasm: "{0} is damaged or is no WebAssembly ({1}). Take it from the release of this trace-tab.js.",
    wasm_unread: "The viewer's wasm could not be read from {0}: {1}",
    mixed: "Files of two versions are mixed: {0}. Take both from the same release, and clear caches in between.",
    versions: "trace-tab.js is {0}, the wasm is {1}",

    // In the place of a viewer that has stopped.
    stopped: "Trace Tab has stopped because of an error of its own: {0}",
    lost: "another trace of this page made it stop, and what was here came piece by piece and cannot be read again.",
    reload: "Reload",
    copy_report: "Copy report",
    copied: "Copied",

    // What is fetched.
    no_url: "src is not a valid URL: {0}",
    late: "No answer from {0} within {1} seconds.",
    answered: "{0} answered {1}. Check the address, and that this page may read it.",
    broke: "The connection to {0} broke ({1}). Try again.",
    came: "{0} of {1} bytes came",
    unreached: "{0} could not be fetched ({1}). Check the network and the address.",
    unreached_there: "{0} could not be fetched: either it cannot be reached, or it does not let this page read it (it must send Access-Control-Allow-Origin: {1}).",

    // What is given.
    not_written: "The data cannot be written as JSON: {0}",
    no_data: "The data is a {0}, which is neither a trace nor JSON.",
    file_unread: "The file could not be read ({0}). If it has changed on the disk since, open it again.",
    stream_unread: "The stream could not be read to its end ({0}).",
    stream_gave: "the stream gave a {0} instead of bytes or text",
    no_file: "There is no file in this folder that could be a trace (.json, .jsonl and the like).",
    too_many: "there are more than {0} files in it",
    and_more: "{0} and {1} more",

    // What is packed.
    the_file: "The file",
    damaged: "{0} is damaged: it cannot be unpacked ({1}). Copy or export it again.",
    zip_damaged: "This zip file is damaged: {0}. Copy or export it again.",
    zip_ends: "it ends before its list of files",
    zip_list_moved: "its list of files is not where it should be",
    zip_list_cut: "its list of files is cut off",
    zip_unpacked: "{0} cannot be unpacked ({1})",
    zip_moved: "{0} is not where it should be",
    zip_method: "{0} is packed in a way ({1}) that is not known here",
    no_zstd: "what is in it is no Zstandard",
}
