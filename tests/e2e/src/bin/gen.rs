use e2e::generate::{Shape, lines, otlp, otlp_of_size};
fn main() {
    std::fs::write("/tmp/bench/otlp10.json", otlp_of_size(2, 60, 10_000_000)).unwrap();
    std::fs::write(
        "/tmp/bench/lines10.jsonl",
        lines(&Shape {
            seed: 3,
            spans: 11_500,
            words: 60,
        }),
    )
    .unwrap();
    let s = |n| Shape {
        seed: 4,
        spans: n,
        words: 4,
    };
    std::fs::write("/tmp/bench/otlp100k.json", otlp(&s(100_000))).unwrap();
    std::fs::write("/tmp/bench/lines100k.jsonl", lines(&s(100_000))).unwrap();
    std::fs::write("/tmp/bench/otlp1m.json", otlp(&s(1_000_000))).unwrap();
    std::fs::write("/tmp/bench/lines1m.jsonl", lines(&s(1_000_000))).unwrap();
}
