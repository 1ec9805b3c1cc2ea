//! What holds for every file: of the fixtures, and of the corpus where there is one.

use std::collections::BTreeSet;

use trace_tab::analysis::{self, Query, Round, RoundId, Rounds, Search, Seen, totals};
use trace_tab::import::{Import, ImportError, Imported, import};
use trace_tab::layout::{Only, Rows, has_hit, overview};
use trace_tab::model::{
    ByteRange, DECODED, IssueKind, Nanos, Source, Span, SpanId, Tally, Trace, Work,
};
use trace_tab::payload;
use trace_tab::state::{Change, DetailTab, Folds, RowId, ViewState, Window};

use crate::dump;
use crate::files::{self, File};

#[test]
fn fixtures_are_well_formed() {
    files::fixtures().iter().for_each(check_form);
}

#[test]
fn the_corpus_is_well_formed() {
    files::all_of_the_corpus().iter().for_each(check_form);
}

#[test]
fn fixtures_read_the_same_in_chunks() {
    files::fixtures().iter().for_each(check_chunks);
}

#[test]
fn the_corpus_reads_the_same_in_chunks() {
    files::all_of_the_corpus().iter().for_each(check_chunks);
}

#[test]
fn fixtures_lose_nothing_when_cut() {
    files::fixtures().iter().for_each(check_cuts);
}

#[test]
fn the_corpus_loses_nothing_when_cut() {
    files::all_of_the_corpus().iter().for_each(check_cuts);
}

#[test]
fn the_tally_counts_every_line() {
    for file in files::fixtures() {
        let is_lines = std::path::Path::new(&file.name)
            .extension()
            .is_some_and(|it| it == "jsonl");
        if is_lines && let Ok(imported) = import(file.bytes.clone()) {
            let trace = &imported.traces[0];
            let n_records: usize = n_records(&file, trace);
            assert_eq!(trace.tally.total() as usize, n_records, "{}", file.name);
        }
    }
}

/// Records of JSON Lines, counted by serde_json. The last line does not count if it is cut off.
fn n_records(file: &File, trace: &Trace) -> usize {
    let text = String::from_utf8_lossy(&file.bytes);
    let lines = text.trim_start_matches('\u{feff}').lines();
    let values = lines.flat_map(|it| serde_json::Deserializer::from_str(it).into_iter());
    let counts = values.map(|it| match it.unwrap_or_default() {
        serde_json::Value::Array(items) => items.len(),
        json => match json["conversations"].as_array() {
            Some(messages) => messages.len(),
            None => n_in_request(&json).unwrap_or(1),
        },
    });
    let cut = trace.issues.counts().any(|it| it.0 == IssueKind::Truncated);
    counts.sum::<usize>() - usize::from(cut)
}

/// Spans or log records of an OTLP request.
fn n_in_request(json: &serde_json::Value) -> Option<usize> {
    let (resources, scopes, records) = match json["resourceLogs"].as_array() {
        Some(resources) => (resources, "scopeLogs", "logRecords"),
        None => (json["resourceSpans"].as_array()?, "scopeSpans", "spans"),
    };
    let scopes = resources
        .iter()
        .flat_map(|it| it[scopes].as_array().unwrap());
    Some(scopes.map(|it| it[records].as_array().unwrap().len()).sum())
}

/// Says which file broke a rule, whatever broke it.
fn naming<T>(file: &File, what: &str, check: impl FnOnce() -> T) -> T {
    struct Name<'a>(&'a str, &'a str);
    impl Drop for Name<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                println!("while checking {}, {}", self.0, self.1);
            }
        }
    }
    let _name = Name(&file.name, what);
    check()
}

/// The source of a file, and what it was read as.
fn read(
    bytes: &[u8],
    chunk: usize,
    mut step: impl FnMut(&mut Import),
) -> (Source, Result<Imported, ImportError>) {
    let mut import = Import::default();
    for chunk in bytes.chunks(chunk.max(1)) {
        import.push(chunk);
        step(&mut import);
    }
    import.end();
    step(&mut import);
    (import.source(), import.finish())
}

fn check_form(file: &File) {
    naming(file, "its form", || {
        let (source, read) = read(&file.bytes, file.bytes.len(), |_| {});
        assert_eq!(source.pieces().concat(), file.bytes);
        let Ok(imported) = read else { return };
        assert!(!imported.traces.is_empty());
        for trace in &imported.traces {
            assert_eq!(trace.source.pieces().concat(), file.bytes);
            assert_eq!(trace.source.n_bytes(), file.bytes.len() as u64);
            assert_eq!(trace.n_traces as usize, imported.traces.len());
            check_trace(trace);
        }
    });
}

/// All that holds for a trace.
pub(crate) fn check_trace(trace: &Trace) {
    check_spans(trace);
    check_ranges(trace);
    let rounds = Rounds::new(trace);
    check_rounds(trace, &rounds);
    let rows = Rows::new(trace, &rounds);
    check_rows(trace, &rounds, &rows);
    check_links(trace, &rounds, &rows);
    check_only(trace, &rows);
    let summary = totals(trace, &rounds).summary;
    assert_eq!(summary.llm_calls as usize, trace.llm_calls.len());
    assert_eq!(
        summary.actions as usize,
        trace.llm_calls.len() + trace.tool_calls.len()
    );
    overview(trace, 800);
    check_payloads(trace, &rounds);
}

/// Of the rows in which something is found, those and what they stand in are kept, however often the
/// work is put down, and of those the ones that stand in no closed row are seen.
fn check_only(trace: &Trace, rows: &Rows) {
    let few = rows.rows.iter().step_by(3).map(|it| it.id).take(20);
    let closed = Folds::default().but(few.collect());
    for text in ["tool", "e", "\u{1f41e}"] {
        let query = Query::new(text).expect("a text to look for");
        let mut search = Search::new(trace, query, 0);
        while !search.step(trace, &mut || true) {}
        let mut only = Only::default();
        let mut go_on = false;
        let mut pause = || {
            go_on = !go_on;
            go_on
        };
        while !only.step(trace, rows, &search, &mut pause) {}
        let has = |at: usize| has_hit(trace, &search, rows.rows[at].id, &mut Seen::default());
        let matching: Vec<bool> = (0..rows.rows.len()).map(has).collect();
        assert_eq!(
            only.n_matching() as usize,
            matching.iter().filter(|it| **it).count()
        );
        let is_kept =
            |it: &u32| matching[*it as usize..rows.rows[*it as usize].end as usize].contains(&true);
        for folds in [Folds::default(), Folds::at(Some(2)), closed.clone()] {
            let mut kept = rows.visible(&folds);
            kept.retain(is_kept);
            assert_eq!(only.visible(rows, &folds), kept, "{text}");
        }
    }
}

/// Pre-order, and each extra fact with the span it is about.
fn check_spans(trace: &Trace) {
    let n = trace.spans.len();
    let mut open: Vec<(SpanId, u32)> = Vec::new();
    for (id, span) in trace.iter() {
        while open.last().is_some_and(|it| it.1 as usize <= id.index()) {
            open.pop();
        }
        assert_eq!(span.parent, open.last().map(|it| it.0), "parent of {id:?}");
        assert!(id.index() < span.end as usize && span.end as usize <= n);
        assert!(open.last().is_none_or(|it| span.end <= it.1), "{id:?}");
        assert_eq!(usize::from(span.depth), open.len().min(65_535));
        assert!(span.duration >= 0 && span.start >= 0, "{span:?}");
        open.push((id, span.end));
        match span.work {
            Work::Llm(call) => assert_eq!(trace.llm_calls[call.index()].span, id),
            Work::Tool(call) => assert_eq!(trace.tool_calls[call.index()].span, id),
            Work::Agent(agent) => assert!(agent.index() < trace.agents.len()),
            Work::Turn(_) | Work::Other => {}
        }
    }
    for (at, call) in trace.llm_calls.iter().enumerate() {
        let work = trace.span(call.span).unwrap().work;
        assert!(matches!(work, Work::Llm(id) if id.index() == at));
    }
    for (at, call) in trace.tool_calls.iter().enumerate() {
        let work = trace.span(call.span).unwrap().work;
        assert!(matches!(work, Work::Tool(id) if id.index() == at));
        let by = call.requested_by;
        assert!(by.is_none_or(|it| it.index() < trace.llm_calls.len()));
    }
    let firsts: Vec<SpanId> = trace.turns.iter().map(|it| it.first).collect();
    assert!(firsts.is_sorted() && firsts.first().is_none_or(|it| it.index() == 0));
    assert!(
        firsts
            .iter()
            .all(|it| trace.span(*it).unwrap().parent.is_none())
    );
    assert!(trace.pieces.is_sorted_by_key(|it| (it.0, it.1)));
}

#[track_caller]
fn check_range(source: &Source, range: ByteRange) {
    let is_in_file = range.end() <= source.len();
    assert!(is_in_file || DECODED <= range.start, "{range:?}");
    assert_eq!(source.slice(range).len(), range.len as usize, "{range:?}");
}

fn check_ranges(trace: &Trace) {
    let source = &trace.source;
    let check = |range| check_range(source, range);
    for (id, span) in trace.iter() {
        assert!(!span.record.is_empty(), "{id:?} has no record");
        check(span.id);
        trace.records_of(id).into_iter().for_each(check);
        check(trace.error(id));
    }
    trace.pieces.iter().for_each(|it| check(it.2));
    trace.issues.list.iter().for_each(|it| check(it.at));
    payload_ranges(trace).for_each(check);
    trace.llm_calls.iter().for_each(|it| check(it.response_id));
    trace.tool_calls.iter().for_each(|it| check(it.call_id));
    trace.agents.iter().for_each(|it| check(it.id));
}

/// What the detail pane shows.
fn payload_ranges(trace: &Trace) -> impl Iterator<Item = ByteRange> {
    let llm = trace
        .llm_calls
        .iter()
        .flat_map(|it| [it.system, it.tools, it.request, it.input, it.output]);
    let tool = trace.tool_calls.iter().flat_map(|it| [it.input, it.output]);
    let turn = trace.turns.iter().map(|it| it.input);
    llm.chain(tool).chain(turn)
}

fn check_payloads(trace: &Trace, rounds: &Rounds) {
    let mut seen = BTreeSet::new();
    for range in payload_ranges(trace).filter(|it| seen.insert(*it)) {
        let text = trace.source.slice(range);
        let preview = payload::preview(&text, 400);
        assert!(preview.len() <= payload::plain_text(&text).len().max(4 * 400));
        payload::messages(&text);
        payload::toolbelt(&text);
        payload::value(&text);
    }
    for call in sample(&trace.llm_calls, 20) {
        analysis::conversation(trace, rounds, call);
        analysis::output(trace, call);
    }
    for call in sample(&trace.tool_calls, 20) {
        analysis::arguments(trace, call);
        analysis::result(trace, rounds, call);
    }
}

/// At most about `n` of `items`, from all parts of them.
fn sample<T>(items: &[T], n: usize) -> impl Iterator<Item = &T> {
    items.iter().step_by((items.len() / n).max(1))
}

/// Each LLM call opens or joins one round; each tool call is in one at most.
pub(crate) fn check_rounds(trace: &Trace, rounds: &Rounds) {
    let mut n_members = 0;
    for (at, round) in rounds.rounds.iter().enumerate() {
        let id = RoundId(at as u32);
        let members = rounds.members(round);
        assert!(members.contains(&round.first) && trace.llm_call(round.first).is_some());
        assert!(members.iter().all(|it| rounds.of(*it) == Some(id)));
        let scope = |it: SpanId| rounds.scope_index(it);
        let llm_calls = members.iter().filter(|it| trace.llm_call(**it).is_some());
        assert!(llm_calls.copied().all(|it| scope(it) == Some(round.scope)));
        n_members += members.len();
    }
    let in_a_round = |it: &(SpanId, &Span)| {
        matches!(it.1.work, Work::Llm(_) | Work::Tool(_)) && rounds.of(it.0).is_some()
    };
    assert_eq!(n_members, trace.iter().filter(in_a_round).count());
    assert!(
        trace
            .llm_calls
            .iter()
            .all(|it| rounds.of(it.span).is_some())
    );
    // Within a scope, numbers go up.
    let same_scope = |it: &&[Round]| it[0].scope == it[1].scope;
    for pair in rounds.rounds.windows(2).filter(same_scope) {
        let explicit = |it: &Round| trace.llm_call(it.first).unwrap().round.is_some();
        assert!(
            pair[0].number < pair[1].number || explicit(&pair[1]),
            "{pair:?}"
        );
    }
}

pub(crate) fn check_rows(trace: &Trace, rounds: &Rounds, rows: &Rows) {
    let mut seen = BTreeSet::new();
    let mut open: Vec<(u32, u16)> = Vec::new();
    for (at, row) in rows.rows.iter().enumerate() {
        assert!(seen.insert(row.id), "{:?} twice", row.id);
        while open.last().is_some_and(|it| it.0 as usize <= at) {
            open.pop();
        }
        assert!(row.end as usize > at && row.end as usize <= rows.rows.len());
        assert!(open.last().is_none_or(|it| row.end <= it.0), "{row:?}");
        assert_eq!(
            row.level,
            open.last().map_or(1, |it| it.1.saturating_add(1))
        );
        assert_eq!(row.level == 1, matches!(row.id, RowId::Turn(_)));
        open.push((row.end, row.level));
        let times: Option<(Nanos, Nanos)> = row.id.times(trace, rounds);
        assert!(times.is_none_or(|it| it.1 >= 0));
        row.id.span(trace, rounds);
    }
    for at in 0..trace.turns.len() as u32 {
        assert!(seen.contains(&RowId::Turn(at)));
    }
    for at in 0..rounds.rounds.len() as u32 {
        assert!(seen.contains(&RowId::Round(RoundId(at))));
    }
    let turns: BTreeSet<SpanId> = trace.turns.iter().filter_map(|it| it.span).collect();
    for (id, _) in trace.iter() {
        let has_row = seen.contains(&RowId::Span(id));
        assert_ne!(has_row, turns.contains(&id), "{id:?}");
    }
    let turns = (0..trace.turns.len() as u32).map(RowId::Turn);
    let folds = Folds::default().but(turns.collect());
    let closed = ViewState::default().after(Change::Fold(folds));
    assert_eq!(rows.visible(&closed.folds).len(), trace.turns.len());
    let open = ViewState::default();
    assert_eq!(rows.visible(&open.folds).len(), rows.rows.len());
}

fn check_links(trace: &Trace, rounds: &Rounds, rows: &Rows) {
    let ids: Vec<SpanId> = trace.iter().map(|it| it.0).collect();
    for id in sample(&ids, 50) {
        let key = trace.key(*id);
        assert_eq!(trace.find(&key), Some(*id), "{key}");
    }
    let check = |state: &ViewState| {
        let query = state.to_query(trace, rounds);
        assert_eq!(
            &ViewState::from_query(&query, trace, rounds),
            state,
            "{query}"
        );
    };
    check(&ViewState::default());
    assert_eq!(ViewState::default().to_query(trace, rounds), "");
    for row in sample(&rows.rows, 20) {
        check(&ViewState {
            selected: Some(row.id),
            ..ViewState::default()
        });
    }
    let last = trace.spans.iter().map(Span::stop).max().unwrap_or(0);
    for (start, end) in [(0, last), (-7, -3), (last / 2, last), (i64::MIN, i64::MAX)] {
        let closed = sample(&rows.rows, 5).map(|it| it.id).collect();
        let state = ViewState {
            tab: DetailTab::Toolbelt,
            window: Some(Window::new(start, end)),
            find: "100% \"é\"\n& a=b+c".to_owned(),
            only: Some(Folds::default()),
            ..ViewState::default()
        };
        check(
            &state
                .clone()
                .after(Change::Fold(Folds::default().but(closed))),
        );
        check(&state.after(Change::Fold(Folds::at(Some(2)))));
    }
}

/// Whether bytes come at once or a few at a time makes no difference.
fn check_chunks(file: &File) {
    let whole = dump::file(file.bytes.clone());
    for chunk in [1, 7, 4096] {
        if (chunk == 1 && file.bytes.len() > 20_000) || (chunk == 7 && file.bytes.len() > 500_000) {
            continue;
        }
        naming(file, &format!("in chunks of {chunk}"), || {
            // As little at a time as there is.
            let (source, read) = read(&file.bytes, chunk, |it| while !it.step(|| false) {});
            assert_eq!(source.pieces().concat(), file.bytes);
            match read {
                Ok(imported) => {
                    assert_eq!(imported.traces[0].source.pieces().concat(), file.bytes);
                    assert_eq!(dump::traces(&imported.traces), whole);
                    if file.bytes.len() < 20_000 {
                        imported.traces.iter().for_each(check_trace);
                    }
                }
                Err(error) => assert!(whole.contains(&error.to_string()), "{error}\n{whole}"),
            }
        });
    }
}

/// A file that is cut off shows every record that is complete.
fn check_cuts(file: &File) {
    let mut ends: Vec<u32> = import(file.bytes.clone())
        .map(|it| record_ends(&it))
        .unwrap_or_default();
    ends.sort_unstable();
    // What stands for a call is never the whole entry, which has headers: it may be there before.
    let is_part = import(file.bytes.clone()).is_ok_and(|it| it.traces[0].format == "har");
    let (mut before, mut cut_before) = (Tally::default(), 0);
    for cut in cuts(file.bytes.len()) {
        naming(file, &format!("cut at {cut}"), || {
            let complete = ends.partition_point(|it| *it as usize <= cut);
            let complete = complete.saturating_sub(usize::from(is_part));
            match import(&file.bytes[..cut]) {
                Ok(imported) => {
                    let read = record_ends(&imported);
                    let read = read.iter().filter(|it| **it as usize <= cut).count();
                    assert!(read >= complete, "{read} of {complete} LLM calls");
                    let tally = imported.traces[0].tally;
                    assert!(
                        tally.read + tally.other >= before.read + before.other,
                        "cut at {cut_before}: {before:?}, at {cut}: {tally:?}"
                    );
                    before = tally;
                }
                Err(error) => {
                    assert_eq!(complete, 0, "{error}");
                    assert_eq!(before, Tally::default(), "{error}");
                }
            }
        });
        cut_before = cut;
    }
}

/// Where the records of LLM calls end. Of an entry of an HTTP archive the bodies alone are one.
fn record_ends(imported: &Imported) -> Vec<u32> {
    if imported.traces[0].format == "har" {
        return Vec::new();
    }
    let end = |trace: &Trace, id| trace.span(id).unwrap().record.end();
    let ends = |trace: &Trace| -> Vec<u32> {
        let calls = trace.llm_calls.iter();
        calls.map(|it| end(trace, it.span)).collect()
    };
    imported.traces.iter().flat_map(ends).collect()
}

/// Where to cut a file: everywhere, or (a large one) at seeded places.
fn cuts(len: usize) -> Vec<usize> {
    if len <= 2_000 {
        return (0..=len).collect();
    }
    // Cuts times bytes is what it costs.
    let n = match len {
        ..100_000 => 100,
        100_000..1_000_000 => 30,
        _ => 6,
    };
    let mut seed = len as u64;
    let mut next = || {
        // Knuth's MMIX generator.
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % len
    };
    let mut cuts: Vec<usize> = (0..n).map(|_| next()).collect();
    cuts.sort_unstable();
    cuts
}
