// The languages besides English: each is a file, fetched when an element asks for it.
//
// One of the parts that `cargo xtask bundle` appends to the wasm-bindgen glue, all in one module
// scope: start.js, panic.js, input.js, containers.js, parts.js, languages.js, files.js, element.js.

const languages = {}; // promises of them, by tag

// Each address in full, as bundlers want it: Vite passes over one that is put together, Turbopack takes any that fits.
const LANGUAGE_FILES = {
  index: () => new URL("languages/index.json", import.meta.url),
  de: () => new URL("languages/de.json", import.meta.url),
  es: () => new URL("languages/es.json", import.meta.url),
  fr: () => new URL("languages/fr.json", import.meta.url),
  ja: () => new URL("languages/ja.json", import.meta.url),
  zh: () => new URL("languages/zh.json", import.meta.url),
};

/** The nearest `lang`, through shadow roots too, else the browser's. */
const tagOf = (node) => (node ? (node.closest("[lang]:not([lang=''])")?.getAttribute("lang") ?? tagOf(node.getRootNode().host)) : navigator.language);

/** The language of a tag: the `lines` of `learn` of Rust, and the `texts` of `say`. Nothing for English, which is spoken where it cannot be had. */
function languageOf(tag) {
  return (languages[tag] ??= fetchLanguage(tag.replace("_", "-")).catch((error) => console.warn(`Trace Tab speaks English, as ${tag} cannot be had: ${error.message}`)));
}

/** With how it writes numbers and dates, as the browser knows it. */
async function fetchLanguage(tag) {
  const name = /^(de|es|fr|ja|zh(?!-(hant|tw|hk|mo)))\b/i.exec(tag)?.[1].toLowerCase();
  if (!name) return undefined;
  // What is another file is refused.
  const fetched = async (name, integrity) => (await fetch(LANGUAGE_FILES[name](), { integrity })).json();
  const { date, [name]: hash } = await fetched("index", LANGUAGES_SRI);
  const texts = await fetched(name, hash);
  const [large, small] = [1234567.8, 1234].map((n) => n.toLocaleString(tag));
  const pattern = new Date(2003, 9, 8, 17, 16).toLocaleString(tag, date).replace(/\d+/g, (part) => `{${[2003, 10, 8, 17, 16].indexOf(+part)}}`);
  return { texts, lines: [tag, large.at(-2), large[1], small[4] && small[1], new Intl.PluralRules(tag).select(0), pattern, ...Object.entries(texts).flat()].join("\n") };
}
