//! The language of the viewer: which it is, when it is fetched, and two on a page.

use e2e::Outcome;
use e2e::page::{Host, Page};
use e2e::server::Answer;
use serde_json::{Value, json};

use crate::panics;

/// The languages that were fetched.
fn fetched(page: &Page) -> Vec<String> {
    let requests = page.site.requests().into_iter();
    let all = requests.map(|it| it.target);
    let name = |it: &str| Some(it.split_once("/languages/")?.1.to_owned());
    all.filter_map(|it| name(&it)).collect()
}

/// Of each element of the page, its language and the name of its first figure.
const SPOKEN: &str = "const spoken = async (...all) => {
      for (const it of all) await until(() => it.matches(':state(ready)'));
      await painted();
      return all.map((it) => [it.shadowRoot.querySelector('.base').lang, it.shadowRoot.querySelector('.totals dt').textContent]);
    };";

/// Its own `lang`, else the nearest one; English needs no file, and each other language one.
pub(crate) async fn nearest(page: &Page) -> Outcome {
    let tab =
        |id: &str, lang: &str| format!("<trace-tab id={id}{lang} src=/sample.json></trace-tab>");
    let english = [
        tab("a", ""),
        tab("b", " lang=en-GB"),
        tab("c", " lang=nl"),
        tab("d", " lang=zh-Hant"),
    ];
    page.host(&Host {
        body: &english.concat(),
        ..Host::default()
    })
    .await?;
    let told = page
        .run(&format!("{SPOKEN} return spoken(a, b, c, d)"))
        .await?;
    assert_eq!(
        told,
        json!([
            ["en", "Rounds"],
            ["en", "Rounds"],
            ["en", "Rounds"],
            ["en", "Rounds"]
        ])
    );
    assert!(fetched(page).is_empty(), "{:?}", fetched(page));

    let others = [
        "<section lang=de-CH>",
        &tab("a", ""),
        &tab("b", " lang=\"\""),
        &tab("c", " lang=fr"),
        "<div id=d></div></section>",
        &tab("e", " lang=ja"),
    ];
    page.host(&Host {
        body: &others.concat(),
        ..Host::default()
    })
    .await?;
    let told = page
        .run(&format!(
            "{SPOKEN}
             const inner = document.createElement('trace-tab');
             inner.src = '/sample.json';
             d.attachShadow({{ mode: 'open' }}).append(inner);
             return spoken(a, b, c, inner, e)"
        ))
        .await?;
    assert_eq!(
        told,
        json!([
            ["de-CH", "Runden"],
            ["de-CH", "Runden"],
            ["fr", "Cycles"],
            ["de-CH", "Runden"],
            ["ja", "ラウンド"]
        ])
    );
    let mut files = fetched(page);
    files.sort();
    files.dedup();
    assert_eq!(files, ["de.json", "fr.json", "index.json", "ja.json"]);
    Ok(())
}

/// Another language draws all anew: what was looked at stays, and the other element of the page is as
/// it was, whichever of them the user has touched last.
pub(crate) async fn switched(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<trace-tab id=a src=/sample.json></trace-tab><trace-tab id=b src=/sample.json></trace-tab>",
        ..Host::default()
    })
    .await?;
    let told = page
        .run(&format!(
            "{SPOKEN}
             const both = [await spoken(a, b)];
             a.state = 'row=round:llm-03&tab=facts';
             for (const lang of ['de', 'fr', 'es', 'zh', '']) {{ a.lang = lang; await until(() => a.shadowRoot.querySelector('.base').lang === (lang || 'en')); both.push(await spoken(a, b)); }}
             a.lang = 'de'; a.lang = 'fr'; a.lang = 'de';
             await until(() => a.shadowRoot.querySelector('.base').lang === 'de');
             b.shadowRoot.querySelector('[data-kind=llm]').click();
             a.state = 'row=turn:1';
             await painted();
             const heading = async (it) => (await until(() => it.shadowRoot.querySelector('.detail h3'))).textContent;
             return [both, a.summary.rounds, await heading(a), await heading(b), a.shadowRoot.querySelectorAll('.viewer').length]"
        ))
        .await?;
    let b = json!(["en", "Rounds"]);
    assert_eq!(
        told,
        json!([
            [
                [b, b],
                [["de", "Runden"], b],
                [["fr", "Cycles"], b],
                [["es", "Rondas"], b],
                [["zh", "轮次"], b],
                [b, b]
            ],
            11,
            "Turn 1",
            "LLM call · round 1",
            1
        ])
    );
    Ok(())
}

/// Numbers and dates are those of the language, as the browser knows it.
pub(crate) async fn figures(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<trace-tab lang=de src=/sample.json></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    let told = page
        .run(
            "const figures = () => [...el.shadowRoot.querySelectorAll('.totals dd')].map((it) => it.firstChild.textContent);
             const all = [];
             for (const lang of ['en', 'de', 'es', 'fr']) {
               el.lang = lang;
               await until(() => el.shadowRoot.querySelector('.base')?.lang === lang);
               const { inputTokens } = el.summary;
               all.push(figures().includes(new Intl.NumberFormat(lang).format(inputTokens)));
             }
             return all",
        )
        .await?;
    assert_eq!(told, json!([true, true, true, true]));
    Ok(())
}

/// A language that cannot be had is English, and the console says why.
pub(crate) async fn unreachable(page: &Page) -> Outcome {
    page.site.set("/languages/de.json", Answer::status(404));
    page.host(&Host {
        body: "<trace-tab lang=de src=/sample.json></trace-tab>",
        ..Host::default()
    })
    .await?;
    page.loaded().await?;
    let told = page.run(&format!("{SPOKEN} return spoken(el)")).await?;
    assert_eq!(told, json!([["en", "Rounds"]]));
    page.site.reset();
    let told = page
        .run(&format!(
            "{SPOKEN} el.lang = 'de-AT';
             await until(() => el.shadowRoot.querySelector('.base')?.lang === 'de-AT');
             return spoken(el)"
        ))
        .await?;
    assert_eq!(told, json!([["de-AT", "Runden"]]));
    page.expect_console(&["404 (Not Found)", "integrity", "speaks English"])
        .await
}

/// Why there is nothing to show is said in the language, whoever finds it out; the event says the same.
pub(crate) async fn errors(page: &Page) -> Outcome {
    page.host(&Host {
        body: "<trace-tab></trace-tab>",
        ..Host::default()
    })
    .await?;
    let told = page
        .run(
            "await until(() => el.matches(':state(empty)'));
             const all = [];
             const told = async (lang, begin) => {
               el.lang = lang;
               await until(() => el.shadowRoot.querySelector('.base')?.lang === lang);
               begin();
               const { message } = await next('error');
               await painted();
               all.push([message, el.shadowRoot.querySelector('.notice p').textContent === message]);
             };
             await told('de', () => (el.data = ' '));
             await told('de', () => (el.data = '{\"a\": 1}'));
             await told('es', () => (el.src = '/nothing.json'));
             await told('ja', () => (el.data = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff)));
             await told('zh', () => (el.data = Uint8Array.of(0x50, 0x4b, 3, 4)));
             return all",
        )
        .await?;
    let begins = [
        "Diese Datei ist leer.",
        "Das ist JSON, aber",
        "http://",
        "ファイル は破損しており、展開できません（",
        "此 zip 文件已损坏：它在文件列表之前就结束了。",
    ];
    let all: Vec<_> = told.as_array().into_iter().flatten().collect();
    assert_eq!(all.len(), begins.len(), "{told}");
    for (said, begin) in all.iter().zip(begins) {
        let message = said.get(0).and_then(Value::as_str).unwrap_or_default();
        assert!(message.starts_with(begin), "{message}");
        assert_eq!(said.get(1), Some(&json!(true)), "shown: {message}");
    }
    assert!(told.to_string().contains("respondió 404"), "{told}");
    page.expect_console(&["404 (Not Found)"]).await
}

/// What stands in the place of a viewer that cannot start, or has stopped: its text, the language of its
/// event, and its buttons.
const STOPPED: &str = "const stopped = async () => {
      const { message } = await next('error');
      const all = (name) => [...el.shadowRoot.querySelectorAll(`.stopped ${name}`)].map((it) => it.textContent);
      return [all('p'), message, all('button')];
    };";

/// Why the viewer cannot start is said in the language; in English where that cannot be had either.
pub(crate) async fn no_start(page: &Page) -> Outcome {
    let begin = async |body| -> Outcome<Value> {
        page.site.set("/trace-tab_bg.wasm", Answer::status(404));
        page.host(&Host {
            body,
            script: "",
            ..Host::default()
        })
        .await?;
        page.run(&format!(
            "{STOPPED} await import('/trace-tab.js'); return stopped()"
        ))
        .await
    };
    let told = begin("<trace-tab lang=de></trace-tab>").await?.to_string();
    assert!(
        told.starts_with("[[\"Das Wasm des Viewers fehlt: http"),
        "{told}"
    );
    assert!(
        told.contains("],\"Das Wasm des Viewers fehlt: http"),
        "{told}"
    );
    assert!(told.ends_with("[\"Neu laden\"]]"), "{told}");
    page.site.reset();
    page.site.set("/languages/index.json", Answer::status(404));
    let told = begin("<trace-tab lang=de></trace-tab>").await?.to_string();
    assert!(
        told.starts_with("[[\"The viewer's wasm is not there"),
        "{told}"
    );
    page.site.reset();
    page.expect_console(&["404 (Not Found)", "integrity", "speaks English"])
        .await
}

/// So is that it has broken down.
pub(crate) async fn broken_down(page: &Page) -> Outcome {
    panics::host(page, "<trace-tab lang=fr></trace-tab>").await?;
    let told = page
        .run(&format!(
            "{STOPPED}
             await until(() => el.matches(':state(empty)'));
             traps.push('viewer_finish');
             el.data = '{{\"format\":\"trace-tab\",\"turns\":[]}}';
             return stopped()"
        ))
        .await?;
    let told = told.to_string();
    assert!(told.starts_with("[[\"Trace Tab s’est arrêté"), "{told}");
    let buttons = "[\"Recharger\",\"Copier le rapport\"]]";
    assert!(told.ends_with(buttons), "{told}");
    Ok(())
}
