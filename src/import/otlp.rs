//! OTLP.
use super::records::Record;
use super::{Became, Format, Opened, Reader};
use crate::model::TraceBuilder;

pub(super) const FORMAT: Format = Format {
    id: "otlp",
    name: "OTLP JSON",
    sniff: |_| false,
    open: |_| Opened { shape: &[], reader: Box::new(Otlp::default()) },
};

#[derive(Default)]
struct Otlp {}

impl Reader for Otlp {
    fn record(&mut self, _b: &mut TraceBuilder, _record: &Record<'_>) -> Became {
        Became::Other
    }
}
