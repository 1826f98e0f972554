//! Curves with bands as SVG.

use std::fmt::Write;

use super::ranges;
use super::ticks::{label, ticks};
use crate::models::Curve;

const WIDTH: f64 = 640.0;
const PLOT: (f64, f64, f64, f64) = (76.0, 52.0, 620.0, 364.0);
const LEGEND_LINE: f64 = 24.0;

/// Six colours that can be told apart with the common colour deficiencies (after Okabe and Ito), for light and for dark.
const LIGHT: [&str; 6] = [
    "#0072b2", "#c44e00", "#00795a", "#a8447f", "#7a6200", "#3b3b3b",
];
const DARK: [&str; 6] = [
    "#56b4e9", "#ff9d4d", "#35c9a0", "#e48cc0", "#f0e442", "#d0d0d0",
];

/// A picture of the curves: mean lines, and bands from the 5th to the 95th percentile. Axis titles are those of the first curve.
///
/// It may stand in a page with others: its style concerns nothing outside of it, and it has no ids. Without a single finite point it
/// says so in the picture.
pub fn svg(title: &str, curves: &[Curve]) -> String {
    let height = 430.0 + LEGEND_LINE * curves.len() as f64;
    let mut out = String::new();
    let description = curves
        .iter()
        .map(|curve| curve.name.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"epidemic\" viewBox=\"0 0 {WIDTH} {height}\" width=\"100%\" role=\"img\" \
         aria-label=\"{0}\" style=\"max-width:{WIDTH}px;height:auto\">\n<title>{0}</title>\n<desc>{1}</desc>\n{2}\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
        escape(title),
        escape(&description),
        style()
    );
    // A long title is set smaller rather than cut.
    let size = (960.0 / title.chars().count().max(1) as f64).clamp(12.0, 22.0);
    let _ = writeln!(
        out,
        "<text class=\"title\" style=\"font-size:{size:.1}px\" x=\"16\" y=\"30\">{}</text>",
        escape(title)
    );
    match ranges(curves) {
        Some((x, y)) => plot(&mut out, curves, x, y),
        None => {
            let _ = writeln!(out, "<text x=\"{}\" y=\"200\">no data</text>", PLOT.0);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn plot(out: &mut String, curves: &[Curve], x: (f64, f64), y: (f64, f64)) {
    let (left, top, right, bottom) = PLOT;
    let at_x = |value: f64| left + (value - x.0) / (x.1 - x.0) * (right - left);
    let at_y = |value: f64| bottom - (value - y.0) / (y.1 - y.0) * (bottom - top);
    let x_ticks = ticks(x.0, x.1, 6);
    let y_ticks = ticks(y.0, y.1, 5);
    for &tick in &y_ticks {
        let at = at_y(tick);
        let _ = writeln!(
            out,
            "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
        );
        let _ = writeln!(
            out,
            "<text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            left - 8.0,
            at + 6.0,
            label(tick, &y_ticks)
        );
    }
    for &tick in &x_ticks {
        let at = at_x(tick);
        let _ = writeln!(
            out,
            "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
            bottom + 6.0
        );
        let _ = writeln!(
            out,
            "<text class=\"tick\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{}\">{}</text>",
            bottom + 24.0,
            label(tick, &x_ticks)
        );
    }
    let _ = writeln!(
        out,
        "<path class=\"axis\" d=\"M{left} {top}V{bottom}H{right}\"/>"
    );
    if let Some(first) = curves.first() {
        let _ = writeln!(
            out,
            "<text text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>",
            (left + right) / 2.0,
            bottom + 48.0,
            escape(&first.x)
        );
        let middle = (top + bottom) / 2.0;
        let _ = writeln!(
            out,
            "<text text-anchor=\"middle\" transform=\"translate(20 {middle}) rotate(-90)\">{}</text>",
            escape(&first.y)
        );
    }
    for (index, curve) in curves.iter().enumerate() {
        let color = index % LIGHT.len();
        let points: Vec<_> = curve
            .points
            .iter()
            .filter(|p| p.x.is_finite() && p.mean.is_finite())
            .collect();
        let banded: Vec<_> = points
            .iter()
            .filter(|p| p.p5.is_finite() && p.p95.is_finite())
            .collect();
        if banded.iter().any(|point| point.p95 > point.p5) {
            let upper = banded.iter().map(|p| (at_x(p.x), at_y(p.p95)));
            let lower = banded.iter().rev().map(|p| (at_x(p.x), at_y(p.p5)));
            let _ = writeln!(
                out,
                "<polygon class=\"band f{color}\" points=\"{}\"/>",
                pairs(upper.chain(lower))
            );
        }
        let _ = writeln!(
            out,
            "<polyline class=\"line s{color}\"{} points=\"{}\"/>",
            dashes(index),
            pairs(points.iter().map(|p| (at_x(p.x), at_y(p.mean))))
        );
        let line = bottom + 76.0 + LEGEND_LINE * index as f64;
        let _ = writeln!(
            out,
            "<line class=\"line s{color}\"{} x1=\"{left}\" x2=\"{}\" y1=\"{}\" y2=\"{}\"/><text x=\"{}\" y=\"{line}\">{}</text>",
            dashes(index),
            left + 36.0,
            line - 6.0,
            line - 6.0,
            left + 46.0,
            escape(&curve.name)
        );
    }
}

/// Lines differ in more than colour.
fn dashes(index: usize) -> &'static str {
    [
        "",
        " stroke-dasharray=\"9 5\"",
        " stroke-dasharray=\"2 5\"",
        " stroke-dasharray=\"12 4 2 4\"",
    ][index % 4]
}

fn pairs(points: impl Iterator<Item = (f64, f64)>) -> String {
    points
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn style() -> String {
    let rules = |pairs: &[(&str, &str)], set: [&str; 6]| -> String {
        let fixed = pairs
            .iter()
            .map(|(what, how)| format!(".epidemic {what}{{{how}}}"));
        let colors = set.iter().enumerate().map(|(index, color)| {
            format!(".epidemic .s{index}{{stroke:{color}}}.epidemic .f{index}{{fill:{color}}}")
        });
        fixed.chain(colors).collect()
    };
    // 18 units of 640 are 10.5 pixels at a width of 375, the least that is comfortable to read.
    let light = [
        ("text", "font:18px system-ui,sans-serif;fill:#1f2328"),
        (".title", "font-weight:600"),
        (".paper", "fill:#fff"),
        (".grid", "stroke:#d8dee4"),
        (".axis", "stroke:#57606a;fill:none"),
        (".line", "fill:none;stroke-width:2.5"),
        (".band", "opacity:.18"),
    ];
    let dark = [
        ("text", "fill:#e6edf3"),
        (".paper", "fill:#0d1117"),
        (".grid", "stroke:#30363d"),
        (".axis", "stroke:#8b949e;fill:none"),
        (".band", "opacity:.25"),
    ];
    let (light, dark) = (rules(&light, LIGHT), rules(&dark, DARK));
    format!("<style>{light}@media (prefers-color-scheme:dark){{{dark}}}</style>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
