//! The built page in a browser: `cargo xtask test`, or, with a `dist/` at hand, `cargo test --package e2e`.
//! In Chromium, unless the variable `TRACE_TAB_ENGINE` says `firefox` or `webkit`.
//!
//! One browser for all scenarios, one after the other. A scenario fails if it leaves anything in the
//! console that it did not expect.

mod apps;
mod axe;
mod bad_input;
mod bytes;
mod containers;
mod embed;
mod find;
mod fits;
mod formats;
mod frame;
mod keys;
mod languages;
mod life;
mod live;
mod look;
mod panes;
mod panics;
mod payloads;
mod places;
mod safety;
mod shapes;
mod showcase;
mod start;
mod state;

use e2e::Outcome;
use e2e::engine::Engine;
use e2e::page::Page;
use libtest_mimic::{Arguments, Trial};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

type Scenario = for<'a> fn(&'a Page) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

macro_rules! scenarios {
    ($($module:ident { $($name:ident),+ $(,)? })+) => {
        [$($((
            concat!(stringify!($module), "::", stringify!($name)),
            (|page| Box::pin($module::$name(page))) as Scenario,
        )),+),+]
    };
}

fn main() -> Outcome<ExitCode> {
    let scenarios = scenarios! {
        embed {
            the_page_under_a_strict_policy, any_folder, from_another_origin, with_an_integrity_attribute,
            wasm_only_for_an_element_in_a_page, two_elements, two_copies,
            attributes_and_properties,
        }
        start {
            wasm_missing, wasm_unreachable, wasm_tampered, wasm_is_a_page, wasm_of_another_version,
            wasm_with_another_mime_type, policy_against_wasm, policy_against_the_fetch, no_simd,
        }
        bad_input { src_that_fails, src_that_hangs, src_that_the_policy_blocks, files_that_are_no_trace, cut_anywhere, too_large }
        bytes {
            every_kind_of_data, a_link, a_dropped_file, a_pasted_text, an_opened_file, the_button, the_menu,
            file_names, as_trace_tab_json,
        }
        containers { every_container, damaged, several_files, a_large_one_of_several, zstd_when_needed }
        formats { a_rare_one, among_others, rare_and_damaged, fetched_when_needed, unreachable }
        shapes { read_when_needed, rows_are_drawn_again, unreachable }
        frame { talks_to_its_parent, hears_nobody_else, hears_no_sibling }
        life {
            before_the_upgrade, moved, removed_and_back, into_another_document, replaced_loads, replaced_stream,
            no_leak,
        }
        live {
            appended, followed, after_a_load, downloaded, removed_and_back, state, after_the_end, failed_addition,
            much_at_once, not_of_every_format,
        }
        keys { rows, treegrid, levels, detail, zoom, open_to_a_level, focus_stays, others_keep_their_keys }
        state { round_trip, fragment, attribute, events, selection }
        find { far_away, only_matches, the_right_tab, keys_of_the_page, comes_later }
        look { slots, themes, droppable, a_dropped_folder, loading, growing, cancelled, unfinished }
        panes {
            rows_are_virtual, rows_fill_the_pane, the_page_is_full, narrow, brush, wheel, detail_tabs,
            another_detail_from_its_top,
        }
        fits { right_to_left, without_a_height, colors_of_the_system, on_paper, nothing_left_behind, as_a_page, does_not_jump }
        places { twenty, everywhere, adopted }
        panics { the_others_go_on, in_a_listener, from_the_host }
        payloads { a_long_text, a_large_document, a_deep_one, many_messages }
        safety { markup_is_text, nothing_is_fetched }
        apps { plain, react, react_router, vue, svelte, next, leptos }
        showcase { a_conversation_without_a_trace, themes }
        languages { nearest, switched, figures, unreachable, errors, no_start, broken_down }
        axe { it_would_find_something, light, dark, other_languages, showcase }
    };
    let engine = Engine::chosen()?;
    let arguments = Arguments {
        test_threads: Some(1),
        ..Arguments::from_args()
    };
    let left_out: Vec<_> = scenarios
        .iter()
        .filter_map(|(name, _)| Some((*name, cannot(engine, name)?)))
        .collect();
    let runtime = Arc::new(Runtime::new()?);
    let kept = Arc::new(Mutex::new(Kept::default()));
    let trials = scenarios.into_iter().map(|(name, scenario)| {
        let (runtime, kept) = (runtime.clone(), kept.clone());
        let trial = Trial::test(name, move || {
            Ok(run(
                &runtime,
                &mut kept.blocking_lock(),
                engine,
                (name, scenario),
            )?)
        });
        trial
            .with_kind(engine.name())
            .with_ignored_flag(cannot(engine, name).is_some())
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    for (name, why) in left_out {
        println!("Not run in {}: {name}, as {why}", engine.name());
    }
    let kept = std::mem::take(&mut *kept.blocking_lock());
    for (name, error) in kept.twice {
        println!(
            "PLAYED TWICE in {}: {name}, as at first: {error}",
            engine.name()
        );
    }
    if let Some(page) = kept.page {
        runtime.block_on(page.stop())?;
    }
    Ok(conclusion.exit_code())
}

const OTHERS: &str = "only Chromium's DevTools get helpers into pages that are not our own";

/// Why a scenario cannot be played in an engine.
fn cannot(engine: Engine, name: &str) -> Option<&'static str> {
    Some(match (engine, name) {
        (Engine::Firefox | Engine::WebKit, "look::a_dropped_folder") => {
            "only Chromium's DevTools can drop a folder"
        }
        (Engine::Firefox | Engine::WebKit, "axe::showcase" | "fits::as_a_page") => OTHERS,
        (Engine::Firefox | Engine::WebKit, "fits::colors_of_the_system" | "fits::on_paper") => {
            "only Chromium's DevTools can have a page look so"
        }
        (Engine::Firefox | Engine::WebKit, _)
            if ["frame::", "apps::", "showcase::"]
                .iter()
                .any(|it| name.starts_with(it)) =>
        {
            OTHERS
        }
        (Engine::WebKit, "look::themes" | "axe::dark") => {
            "it takes its theme from a desktop, which there is none of"
        }
        _ => return None,
    })
}

/// What goes from one scenario to the next.
#[derive(Default)]
struct Kept {
    page: Option<Page>,
    /// What was played twice, and why.
    twice: Vec<(&'static str, String)>,
}

/// How many scenarios may be played twice. If more fail, it is not that the machine was late.
const LATE: usize = 3;

/// Plays a scenario; one that fails is played once more, in a new browser: a machine that does several things
/// at once is late now and then. The run tells of it, there and at its end.
fn run(
    runtime: &Runtime,
    kept: &mut Kept,
    engine: Engine,
    (name, scenario): (&'static str, Scenario),
) -> Result<(), String> {
    let once = |page: &mut Option<Page>| {
        let played = || runtime.block_on(play(page, engine, scenario));
        match catch_unwind(AssertUnwindSafe(played)) {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(panic) => Err(words(panic.as_ref())),
        }
    };
    let Err(error) = once(&mut kept.page) else {
        return Ok(());
    };
    if kept.twice.len() == LATE {
        return Err(error);
    }
    println!("Played once more, as it failed: {error}");
    kept.twice.push((name, error));
    if let Some(page) = kept.page.take() {
        let _ = runtime.block_on(page.stop());
    }
    once(&mut kept.page)
}

/// What a failed assertion says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|it| (*it).to_owned()));
    text.unwrap_or_default()
}

async fn play(kept: &mut Option<Page>, engine: Engine, scenario: Scenario) -> Outcome {
    let page = match kept {
        Some(page) => page,
        None => kept.insert(Page::start(engine).await?),
    };
    page.reset().await?;
    scenario(page).await?;
    page.expect_console(&[]).await
}
