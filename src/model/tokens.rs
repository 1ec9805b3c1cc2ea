//! Figures of an LLM call, which may not be reported: eight or four bytes each.

use super::Nanos;

/// A token count. The default is "not reported", which is not 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Count(pub(super) u32);

impl Default for Count {
    fn default() -> Self {
        Count(u32::MAX)
    }
}

impl std::fmt::Debug for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

impl Count {
    /// A reported count. Saturates near four billion.
    pub fn new(count: u64) -> Self {
        Count(u32::try_from(count).unwrap_or(u32::MAX).min(u32::MAX - 1))
    }

    /// The count, if it was reported.
    pub fn get(self) -> Option<u64> {
        (self.0 != u32::MAX).then_some(u64::from(self.0))
    }

    /// The sum of what was reported; not reported if neither was.
    #[must_use]
    pub fn plus(self, other: Count) -> Count {
        match (self.get(), other.get()) {
            (None, None) => Count::default(),
            (a, b) => Count::new(a.unwrap_or(0) + b.unwrap_or(0)),
        }
    }

    /// This count, or `other` where this was not reported.
    #[must_use]
    pub fn or(self, other: Count) -> Count {
        if self.get().is_some() { self } else { other }
    }
}

impl From<Option<u64>> for Count {
    fn from(count: Option<u64>) -> Self {
        count.map_or_else(Count::default, Count::new)
    }
}

/// Token counts, with OpenTelemetry's meaning whatever the provider's was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// All sent, cached and cache-write ones included.
    pub input: Count,
    /// Part of input, read from a cache.
    pub cached: Count,
    /// Part of input, written to a cache.
    pub cache_write: Count,
    /// All produced, reasoning included.
    pub output: Count,
    /// Part of output.
    pub reasoning: Count,
}

impl Tokens {
    /// Whether no part is larger than its sum.
    pub fn add_up(self) -> bool {
        let parts = self.cached.plus(self.cache_write);
        let fits = |part: Count, sum: Count| {
            part.get()
                .zip(sum.get())
                .is_none_or(|(part, sum)| part <= sum)
        };
        fits(parts, self.input) && fits(self.reasoning, self.output)
    }
}

/// What the file says all LLM calls used, where it does not say what each used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stated {
    /// Tokens of all of them.
    pub tokens: Tokens,
    /// US dollars for all of them.
    pub cost_usd: Dollars,
}

impl Stated {
    /// Adds what another part of the file states.
    pub(super) fn add(&mut self, other: Stated) {
        let (a, b) = (self.tokens, other.tokens);
        self.tokens = Tokens {
            input: a.input.plus(b.input),
            cached: a.cached.plus(b.cached),
            cache_write: a.cache_write.plus(b.cache_write),
            output: a.output.plus(b.output),
            reasoning: a.reasoning.plus(b.reasoning),
        };
        let costs = [self.cost_usd.get(), other.cost_usd.get()];
        self.cost_usd = costs.into_iter().flatten().reduce(|a, b| a + b).into();
    }
}

/// A length of time in nanoseconds. The default is "not reported".
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Lapse(pub(super) Nanos);

impl Default for Lapse {
    fn default() -> Self {
        Lapse(Nanos::MIN)
    }
}

impl std::fmt::Debug for Lapse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

impl Lapse {
    /// The nanoseconds, if they were reported.
    pub fn get(self) -> Option<Nanos> {
        (self.0 != Nanos::MIN).then_some(self.0)
    }
}

impl From<Option<Nanos>> for Lapse {
    fn from(nanos: Option<Nanos>) -> Self {
        nanos.map_or_else(Lapse::default, Lapse)
    }
}

/// US dollars. The default is "not reported", which is not 0.
#[derive(Clone, Copy)]
pub struct Dollars(pub(super) f64);

impl Default for Dollars {
    fn default() -> Self {
        Dollars(f64::NAN)
    }
}

impl std::fmt::Debug for Dollars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

impl Dollars {
    /// The dollars, if they were reported.
    pub fn get(self) -> Option<f64> {
        (!self.0.is_nan()).then_some(self.0)
    }
}

impl From<Option<f64>> for Dollars {
    /// Of a trillionth of a dollar there is nothing to say: further digits come from adding up.
    fn from(dollars: Option<f64>) -> Self {
        let rounded = dollars.map(|it| (it * 1e12).round() / 1e12);
        rounded.map_or_else(Dollars::default, Dollars)
    }
}
