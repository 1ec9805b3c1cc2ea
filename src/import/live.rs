//! A file that is shown while it grows.

use std::sync::Arc;

use super::head::Head;
use super::reading::Import;
use super::{ImportError, formats};
use crate::model::{ByteRange, Growing, Grown, Trace};

/// What is known of the trace that is shown.
pub(super) struct Live {
    growing: Growing,
    /// Of so many bytes the format was told last; none where it cannot change any more.
    told_of: Option<u32>,
    /// Whether what is shown was read as something else.
    is_anew: bool,
    /// [`Import::recheck`], by address: it is in the part that begins such an import.
    pub(super) recheck: fn(&mut Import),
}

impl Import {
    /// Of a file whose trace is shown while it grows; see [`grow`](Self::grow).
    pub fn live() -> Self {
        let mut import = Import::default();
        import.live = Some(Live {
            growing: Growing::default(),
            told_of: Some(0),
            is_anew: false,
            recheck: Import::recheck,
        });
        import
    }

    /// Of a trace that grows: settles turns in parts that are not long, too. For tests.
    pub fn be_eager(&mut self) {
        if let Some(live) = &mut self.live {
            live.growing.be_eager();
        }
    }

    /// Whether what comes can be shown as it comes, as far as that can be told yet; an error where not.
    pub fn is_live(&self) -> Result<bool, ImportError> {
        /// The first record may be of another kind than the rest.
        const ENOUGH: u32 = 4096;
        let chunks = &self.records.chunks;
        let is_sure = chunks.has_ended() || chunks.arrived() >= ENOUGH;
        let group = self.group.and_then(|it| self.groups.get(it));
        match (&self.error, group) {
            (Some(_), _) if !is_sure => Ok(false),
            (Some(error), _) => Err(error.clone()),
            (None, Some(group)) if group.reader.is_live() => Ok(true),
            (None, Some(group)) if is_sure => Err(ImportError::NotLive(group.format.name)),
            _ => Ok(false),
        }
    }

    /// Brings `trace`, which it made before (at first the default one), up to what has been read.
    /// Nothing where there is no span yet.
    pub fn grow(&mut self, trace: &mut Trace) -> Option<Grown> {
        let live = self.live.as_mut()?;
        let group = self.groups.first_mut()?;
        if std::mem::take(&mut live.is_anew) {
            *trace = Trace::default();
        }
        if group.builder.n_spans() == 0 {
            return None;
        }
        self.records.chunks.update(Arc::make_mut(&mut trace.source));
        let format = (group.format.id, group.format.name);
        let reader = &group.reader;
        let tell = |builder: &mut _| reader.so_far(builder);
        Some(live.growing.grow(&mut group.builder, format, &tell, trace))
    }

    /// How many spans [`grow`](Self::grow) has built in all, each time those at the end.
    pub fn n_built(&self) -> usize {
        self.live.as_ref().map_or(0, |it| it.growing.n_built())
    }

    /// Of a file that grows: tells the format again when more of its beginning is there. If that is
    /// another, begins anew: as if all had been there at once.
    fn recheck(&mut self) {
        let chunks = &self.records.chunks;
        let (arrived, ended) = (chunks.arrived(), chunks.has_ended());
        let Some(live) = &mut self.live else { return };
        let is_due = |told_of: u32| arrived / 2 >= told_of || arrived >= Self::HEAD || ended;
        if self.group.is_none() && self.error.is_none() || !live.told_of.is_some_and(is_due) {
            return;
        }
        live.told_of = Some(arrived).filter(|it| *it < Self::HEAD && !ended);
        let source = chunks.source();
        let text = source.slice(ByteRange::new(0, arrived));
        let mut look = (Self::HEAD as usize).min(text.len());
        while !text.is_char_boundary(look) {
            look -= 1;
        }
        let head = Head::new(text.get(..look).unwrap_or_default());
        let format = formats().find(|it| (it.sniff)(&head));
        let is_same = format.is_none_or(|format| {
            let group = self.group.and_then(|it| self.groups.get(it));
            let is_it = group.is_some_and(|it| std::ptr::eq(it.format, format));
            let opened = format.open.now().map(|it| it(&head));
            is_it && opened.is_some_and(|it| self.records.is_entered(it.shape, &head))
        });
        if is_same {
            return;
        }
        let bytes = source.pieces().concat();
        let told_of = live.told_of;
        let mut anew = Import::live();
        if let (Some(new), Some(old)) = (&mut anew.live, &self.live) {
            (new.told_of, new.is_anew) = (told_of, true);
            new.growing = old.growing.anew();
        }
        anew.begin_file(self.records.chunks.name());
        anew.push(bytes);
        if ended {
            anew.end();
        }
        *self = anew;
    }
}
