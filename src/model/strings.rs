//! Names that come again and again (models, tools, reasons), kept once.

use super::{KeyMap, SpanKey};

/// A name in a [`Strings`]. The default is the empty name: "not in the file".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sym(pub(super) u32);

impl Sym {
    /// Whether the file had no such name.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Which of the names it is.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The names of one file.
#[derive(Clone, Debug)]
pub struct Strings {
    pub(super) names: Vec<Box<str>>,
    syms: KeyMap<u32>,
}

impl Default for Strings {
    fn default() -> Self {
        let mut strings = Strings {
            names: Vec::new(),
            syms: KeyMap::default(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// The symbol of `name`, the same one each time.
    pub fn intern(&mut self, name: &str) -> Sym {
        let mut key = SpanKey::of(name);
        // A key that another name has leads on to a next one.
        while let Some(sym) = self.syms.get(&key).copied().map(Sym) {
            if self.name(sym) == name {
                return sym;
            }
            key = SpanKey::of(key);
        }
        let sym = self.names.len() as u32;
        self.names.push(name.into());
        self.syms.insert(key, sym);
        Sym(sym)
    }

    /// The name behind a symbol.
    pub fn name(&self, sym: Sym) -> &str {
        self.names.get(sym.0 as usize).map_or("", |it| it)
    }
}
