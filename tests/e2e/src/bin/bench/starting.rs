//! How long it takes from the script tag to a trace that is painted.

use super::{median, print_row};
use e2e::Outcome;
use e2e::engine::Engine;
use e2e::page::{Host, Page};
use serde_json::{Value, json};

/// From when the tag is put into the page until the frame with the sample's rows was painted.
const SCRIPT: &str = "
    const start = performance.now();
    const script = document.createElement('script');
    script.type = 'module';
    script.src = '/trace-tab.js';
    document.head.append(script);
    await next('load');
    await new Promise((resolve) => requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    }));
    return performance.now() - start";

/// Milliseconds with an empty cache, which only Chromium's DevTools can see to.
pub(crate) async fn starting(page: &Page) -> Outcome<Value> {
    const TIMES: usize = 9;
    if page.engine() != Engine::Chromium {
        return Ok(Value::Null);
    }
    let mut all = Vec::new();
    for _ in 0..TIMES {
        page.open("/nothing").await?;
        page.cdp("Network.enable", json!({})).await?;
        page.cdp("Network.clearBrowserCache", json!({})).await?;
        page.host(&Host {
            body: "<trace-tab src=\"/sample.json\"></trace-tab>",
            script: "",
            ..Host::default()
        })
        .await?;
        all.extend(page.run(SCRIPT).await?.as_f64());
    }
    let most = all.iter().copied().fold(0.0, f64::max);
    let median = median(all);
    println!("\nfrom the script tag to the painted sample, with an empty cache; milliseconds");
    print_row("", &["median", "longest"]);
    let cells = [median, most].map(|it| format!("{it:.0}"));
    print_row("sample", &cells);
    Ok(json!({ "median": median, "longest": most, "times": TIMES }))
}
