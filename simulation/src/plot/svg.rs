//! Curves with bands as SVG.

use std::fmt::Write;

use super::axis::{Axis, axes};
use super::panels;
use crate::models::{Curve, Point};

const WIDTH: f64 = 640.0;
/// Where the left end of a panel is if the numbers beside it are short, and the right end of all.
const SIDES: (f64, f64) = (76.0, 620.0);
/// How wide a digit is, at most.
const DIGIT: f64 = 10.0;
/// Where the first panel begins.
const TOP: f64 = 52.0;
/// How high the plotted part of a panel is.
const HEIGHT: f64 = 312.0;
/// From the bottom of a panel to its legend.
const BELOW: f64 = 76.0;
const LEGEND_LINE: f64 = 24.0;
/// Between two panels, and below the last one.
const GAP: f64 = 30.0;
const BANDS: &str = "shaded: nine of ten, from the 5th to the 95th percentile";

/// Six colours that can be told apart with the common colour deficiencies (after Okabe and Ito), for light and for dark.
const LIGHT: [&str; 6] = [
    "#0072b2", "#c44e00", "#00795a", "#a8447f", "#7a6200", "#3b3b3b",
];
const DARK: [&str; 6] = [
    "#56b4e9", "#ff9d4d", "#35c9a0", "#e48cc0", "#f0e442", "#d0d0d0",
];

/// A picture of the curves: mean lines, and bands from the 5th to the 95th percentile. Curves that follow each other and have the same axes
/// share a panel.
///
/// It may stand in a page with others: its style concerns nothing outside of it, and it has no ids. Without a single finite point it
/// says so in the picture.
pub fn svg(title: &str, curves: &[Curve]) -> String {
    let mut body = String::new();
    let mut bottom = TOP;
    for panel in panels(curves) {
        match axes(panel) {
            Some((x, y)) => {
                let y_ticks = y.ticks(5);
                let labels = y_ticks.iter().map(|tick| y.label(*tick, &y_ticks).len());
                let left = 36.0 + DIGIT * labels.max().unwrap_or(0) as f64;
                let panel = Panel {
                    curves: panel,
                    x,
                    y,
                    y_ticks,
                    left: left.max(SIDES.0),
                    top: bottom,
                };
                panel.draw(&mut body);
                bottom = panel.end();
            }
            None => no_data(&mut body, &mut bottom),
        }
    }
    if curves.is_empty() {
        no_data(&mut body, &mut bottom);
    }
    let mut out = String::new();
    let description = curves
        .iter()
        .map(|curve| curve.name.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"epidemic\" viewBox=\"0 0 {WIDTH} {bottom}\" width=\"100%\" role=\"img\" \
         aria-label=\"{0}\" style=\"max-width:{WIDTH}px;height:auto\">\n<title>{0}</title>\n<desc>{1}</desc>\n{2}\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{bottom}\"/>\n",
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
    out + &body + "</svg>\n"
}

fn no_data(out: &mut String, bottom: &mut f64) {
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\">no data</text>",
        SIDES.0,
        *bottom + 40.0
    );
    *bottom += 80.0;
}

/// Curves with the same axes, and where they are drawn.
struct Panel<'a> {
    curves: &'a [Curve],
    x: Axis,
    y: Axis,
    y_ticks: Vec<f64>,
    left: f64,
    top: f64,
}

impl Panel<'_> {
    fn bottom(&self) -> f64 {
        self.top + HEIGHT
    }

    /// Where its legend ends.
    fn end(&self) -> f64 {
        let lines = self.curves.len() + usize::from(self.has_bands());
        self.bottom() + BELOW + LEGEND_LINE * (lines as f64 - 1.0) + GAP
    }

    fn has_bands(&self) -> bool {
        self.curves.iter().any(is_banded)
    }

    fn at_x(&self, value: f64) -> Option<f64> {
        Some(self.left + self.x.place(value)? * (SIDES.1 - self.left))
    }

    fn at_y(&self, value: f64) -> Option<f64> {
        Some(self.bottom() - self.y.place(value)? * HEIGHT)
    }

    fn draw(&self, out: &mut String) {
        self.draw_axes(out);
        // Lines are above all bands.
        for (index, curve) in self.curves.iter().enumerate() {
            self.draw_band(out, index, curve);
        }
        for (index, curve) in self.curves.iter().enumerate() {
            self.draw_line(out, index, curve);
        }
        if self.has_bands() {
            let line = self.bottom() + BELOW + LEGEND_LINE * self.curves.len() as f64;
            let _ = writeln!(
                out,
                "<text class=\"note\" x=\"{}\" y=\"{line}\">{BANDS}</text>",
                self.left
            );
        }
    }

    fn draw_axes(&self, out: &mut String) {
        let (left, right, bottom) = (self.left, SIDES.1, self.bottom());
        let y_ticks = &self.y_ticks;
        for (tick, at) in y_ticks.iter().filter_map(|it| Some((*it, self.at_y(*it)?))) {
            let _ = writeln!(
                out,
                "<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"
            );
            let _ = writeln!(
                out,
                "<text class=\"tick\" text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
                left - 8.0,
                at + 6.0,
                self.y.label(tick, y_ticks)
            );
        }
        let x_ticks = self.x.ticks(6);
        for (tick, at) in x_ticks.iter().filter_map(|it| Some((*it, self.at_x(*it)?))) {
            let _ = writeln!(
                out,
                "<line class=\"axis\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{bottom}\" y2=\"{}\"/>",
                bottom + 6.0
            );
            let label = self.x.label(tick, &x_ticks);
            // In the middle below its tick, but within the picture.
            let middle = at.min(WIDTH - 4.0 - DIGIT / 2.0 * label.len() as f64);
            let _ = writeln!(
                out,
                "<text class=\"tick\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{}\">{label}</text>",
                bottom + 24.0
            );
        }
        let _ = writeln!(
            out,
            "<path class=\"axis\" d=\"M{left} {}V{bottom}H{right}\"/>",
            self.top
        );
        if let Some(first) = self.curves.first() {
            let _ = writeln!(
                out,
                "<text text-anchor=\"middle\" x=\"{}\" y=\"{}\">{}</text>",
                (left + right) / 2.0,
                bottom + 48.0,
                escape(&first.x)
            );
            let middle = (self.top + bottom) / 2.0;
            let _ = writeln!(
                out,
                "<text text-anchor=\"middle\" transform=\"translate(20 {middle}) rotate(-90)\">{}</text>",
                escape(&first.y)
            );
        }
    }

    fn draw_band(&self, out: &mut String, index: usize, curve: &Curve) {
        if !is_banded(curve) {
            return;
        }
        let side = |of: fn(&Point) -> f64| -> Vec<(f64, f64)> {
            let points = curve.points.iter();
            points
                .filter(|point| point.mean.is_finite() && banded(point))
                .filter_map(|point| Some((self.at_x(point.x)?, self.at_y(of(point))?)))
                .collect()
        };
        let (upper, lower) = (side(|point| point.p95), side(|point| point.p5));
        let _ = writeln!(
            out,
            "<polygon class=\"band f{}\" points=\"{}\"/>",
            index % LIGHT.len(),
            pairs(upper.into_iter().chain(lower.into_iter().rev()))
        );
    }

    fn draw_line(&self, out: &mut String, index: usize, curve: &Curve) {
        let color = index % LIGHT.len();
        let points = curve.points.iter();
        let points = points.filter_map(|p| Some((self.at_x(p.x)?, self.at_y(p.mean)?)));
        let _ = writeln!(
            out,
            "<polyline class=\"line s{color}\"{} points=\"{}\"/>",
            dashes(index),
            pairs(points)
        );
        let line = self.bottom() + BELOW + LEGEND_LINE * index as f64;
        let left = self.left;
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

fn banded(point: &Point) -> bool {
    point.p5.is_finite() && point.p95.is_finite()
}

fn is_banded(curve: &Curve) -> bool {
    let mut points = curve.points.iter();
    points.any(|point| banded(point) && point.p95 > point.p5)
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
        (".note", "font-size:17px;fill:#57606a"),
        (".paper", "fill:#fff"),
        (".grid", "stroke:#d8dee4"),
        (".axis", "stroke:#57606a;fill:none"),
        (".line", "fill:none;stroke-width:2.5"),
        (".band", "opacity:.18"),
    ];
    let dark = [
        ("text", "fill:#e6edf3"),
        (".note", "fill:#9198a1"),
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
