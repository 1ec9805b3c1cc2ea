// The languages besides English: each is a file, fetched when an element asks for it.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const languages = new Map(); // promises of what is said in them, by tag

/** What the viewer says in the language of a tag, a line each; nothing for English, which it falls back to. */
function phrasesIn(tag) {
  if (!languages.has(tag)) {
    const fetched = fetchPhrases(tag.replace("_", "-")).catch((error) => console.warn(`Trace Tab speaks English, as ${tag} cannot be had: ${error.message}`));
    languages.set(tag, fetched);
  }
  return languages.get(tag);
}

/** First how the language writes numbers and dates, as the browser knows it: the fields of `Language` of Rust. */
async function fetchPhrases(tag) {
  if (!/^[a-z]{2,3}(-|$)/i.test(tag)) return undefined; // "C", as a browser on a server may have it
  const { language, script } = new Intl.Locale(tag).maximize();
  const hash = LANGUAGES[language];
  if (!hash || script === "Hant") return undefined;
  const response = await fetch(new URL(`languages/${language}.json`, import.meta.url), { integrity: hash }); // what is another file is refused
  const numbers = new Intl.NumberFormat(tag);
  const sample = numbers.format(1234567.8);
  const ones = [0, 1].filter((n) => new Intl.PluralRules(tag).select(n) === "one");
  const two = "2-digit";
  const date = new Date(2003, 9, 8, 17, 16).toLocaleString(tag, { year: "numeric", month: two, day: two, hour: two, minute: two, hourCycle: "h23" });
  const pattern = [2003, 10, "08", 17, 16].reduce((text, part, at) => text.replace(part, `{${at}}`), date);
  return [tag, sample.at(-2), sample[1], numbers.format(1234)[1], ones.join(""), pattern, ...(await response.json())].join("\n");
}
