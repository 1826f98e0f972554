//! The report as one page that needs nothing else: data, style and script are in it, and its policy lets it load nothing.
//!
//! Whatever an implementation said is data to the page: it stands in JSON in which `<`, `>` and `&` are written as escapes, and the script
//! puts it into the document as text. The policy (CSP) admits that one script by its hash.

mod data;
mod pack;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::about::About;
use crate::cases::Case;
use crate::run::Results;
use crate::simulate::findings::Findings;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page of a run, with a simulated cluster where there is one.
pub fn page(
    results: &Results,
    about: &About,
    cases: &[Case],
    findings: Option<&Findings>,
) -> String {
    let (data, packed) = data::of(results, about, cases);
    let plots = findings.map(plots).unwrap_or_default();
    fill(&data, &packed, &plots)
}

/// The page of a simulated cluster alone.
pub fn simulation(findings: &Findings, replay: &str) -> String {
    let about = format!(
        "{}<details class=\"report\"><summary>Figures</summary><pre>{}</pre></details>",
        plots(findings),
        escape(&findings.text(replay))
    );
    let data = serde_json::json!({"simulation": {
        "name": findings.name, "mix": findings.mix, "seed": findings.seed, "broken": findings.violation,
    }});
    fill(&data, "", &about)
}

fn fill(data: &serde_json::Value, packed: &str, plots: &str) -> String {
    let hash = format!("'sha256-{}'", STANDARD.encode(Sha256::digest(SCRIPT)));
    let data = script_safe(&data.to_string());
    // Parts are put in between the marks, never searched for in what was put in.
    let mut page = String::with_capacity(data.len() + packed.len() + 100_000);
    for (index, part) in PAGE.split("{{").enumerate() {
        let Some((mark, rest)) = part.split_once("}}").filter(|_| index > 0) else {
            page.push_str(part);
            continue;
        };
        page.push_str(match mark {
            "policy" => &hash,
            "style" => STYLE,
            "script" => SCRIPT,
            "data" => &data,
            "packed" => packed,
            "plots" => plots,
            _ => "",
        });
        page.push_str(rest);
    }
    page
}

/// JSON that can stand in a `script` element whatever its texts are.
fn script_safe(json: &str) -> String {
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn plots(findings: &Findings) -> String {
    let fastest = |ms: Option<f64>| ms.map_or("never".to_owned(), |ms| format!("{ms:.0} ms"));
    let rows: String = findings
        .writes
        .iter()
        .map(|write| {
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                escape(&write.key),
                fastest(write.half_ms),
                fastest(write.nine_tenths_ms),
                fastest(write.all_ms)
            )
        })
        .collect();
    let bound = findings.model_bound.map_or(String::new(), |bound| {
        format!(
            "The model (push, in rounds, same size, fan-out and loss) lets all know after {bound} intervals, {} ms, at the latest, with confidence 0.999.",
            u64::from(bound) * findings.interval_ms
        )
    });
    let broken = findings.violation.as_ref().map_or(String::new(), |what| {
        format!("<p class=\"broken\">Broken: {}</p>", escape(what))
    });
    format!(
        "<p>{}, seed {}, {} s of virtual time. {bound}</p>{broken}<figure>{}</figure>\
         <table class=\"figures\"><caption>Time until a write was held by</caption><thead><tr><th scope=\"col\">key</th><th scope=\"col\">half</th>\
         <th scope=\"col\">nine of ten</th><th scope=\"col\">all</th></tr></thead><tbody>{rows}</tbody></table>",
        escape(&findings.mix),
        findings.seed,
        findings.reached_ms / 1_000,
        findings.svg()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_the_element_it_stands_in() {
        let json = script_safe(&serde_json::json!("</script><!-- <script>\u{2028}&").to_string());
        assert!(!json.contains(['<', '>', '&', '\u{2028}']));
        let back: String = serde_json::from_str(&json).unwrap();
        assert_eq!(back, "</script><!-- <script>\u{2028}&");
    }

    #[test]
    fn the_script_never_makes_markup_out_of_text() {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "DOMParser",
        ] {
            assert!(!SCRIPT.contains(way), "{way}");
        }
    }

    #[test]
    fn the_page_refers_to_nothing_outside_of_it() {
        for way in ["http://", "https://", "url(", "@import", "src="] {
            let found = [PAGE, STYLE, SCRIPT]
                .iter()
                .any(|part| part.replace("http://www.w3.org/2000/svg", "").contains(way));
            assert!(!found, "{way}");
        }
    }
}
