//! Publishes the languages besides English: a dictionary a language, in order of the English, which the
//! script fetches when such a language is asked for.
//!
//! Prints what the script says in English, each text with its key, for whoever puts it into the script.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use trace_tab_languages::{SCRIPT, dictionary, names};

/// Writes the dictionaries into the folder that is named.
fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("Which folder?")?;
    fs::create_dir_all(&folder)?;
    for name in names() {
        let file = Path::new(&folder).join(format!("{name}.json"));
        fs::write(file, serde_json::to_string(&dictionary(name))?)?;
    }
    for (key, english) in SCRIPT {
        println!("{key} {english}");
    }
    Ok(())
}
