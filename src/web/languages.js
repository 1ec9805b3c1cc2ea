// The languages besides English: each is a file, fetched when an element asks for it.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, input.js, containers.js, formats.js, languages.js, files.js, element.js.

const phrases = new Map(); // promises of them, by tag

/** What the viewer says in the language of a tag, a line each; nothing for English, which it falls back to. */
function phrasesIn(tag) {
  let locale;
  try {
    locale = new Intl.Locale(tag).maximize();
  } catch {
    return undefined; // no tag
  }
  const { language, script } = locale;
  if (!LANGUAGES?.[language] || script === "Hant") return undefined;
  if (!phrases.has(tag)) {
    const fetched = fetchPhrases(tag, language).catch((error) => {
      phrases.delete(tag);
      console.warn(`Trace Tab speaks English: ${error.message}`);
    });
    phrases.set(tag, fetched);
  }
  return phrases.get(tag);
}

/** First how the language writes numbers and dates, as the browser knows it. What follows is `Language` of Rust. */
async function fetchPhrases(tag, language) {
  const response = await fetchWasm(new URL(`languages/${language}.json`, import.meta.url), LANGUAGES[language]);
  const numbers = new Intl.NumberFormat(tag);
  const sign = (type) => numbers.formatToParts(1234567.8).find((part) => part.type === type).value;
  const ones = [0, 1].filter((n) => new Intl.PluralRules(tag).select(n) === "one").join("");
  const fields = ["year", "month", "day", "hour", "minute"];
  const two = "2-digit";
  const dates = new Intl.DateTimeFormat(tag, { year: "numeric", month: two, day: two, hour: two, minute: two, hourCycle: "h23" });
  const date = dates.formatToParts().map(({ type, value }) => (fields.includes(type) ? `{${fields.indexOf(type)}}` : value)).join("");
  return [tag, sign("decimal"), sign("group"), numbers.format(1234).length > 4, ones, date, ...(await response.json())].join("\n");
}
