//! Plots show what they are given, for readers in light and in dark.

use simulation::models::listings::Listing;
use simulation::models::{Curve, Outcome, Point, Scale, Trials};
use simulation::plot::{svg, text_claims, text_curves, text_table};

fn outcome() -> Outcome {
    Listing::Push.run(&Trials::new(1, 50))
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

#[test]
fn an_svg_has_title_axes_legend_bands_and_both_colour_schemes() {
    let outcome = outcome();
    let picture = svg("Push & <pull>", &outcome.curves);
    assert!(picture.starts_with(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"epidemic\" viewBox=\"0 0 640 "
    ));
    assert!(picture.contains("<title>Push &amp; &lt;pull&gt;</title>"));
    assert!(
        picture.contains("prefers-color-scheme:dark")
            && picture.contains(">round</text>")
            && picture.contains(">informed (share)</text>")
    );
    assert_eq!(
        (count(&picture, "<polyline"), count(&picture, "<polygon")),
        (2, 2)
    );
    assert!(
        picture.contains("push, as printed (ends at 95 %)</text>")
            && picture.contains("push, mended</text>")
    );
    assert!(!picture.contains("NaN") && !picture.contains("inf,") && !picture.contains(",inf"));
}

fn curve(name: &str, x: &str, points: &[(f64, f64)]) -> Curve {
    let samples = points.iter().map(|(x, y)| (*x, vec![*y]));
    Curve::of_samples(name, x, "height", samples)
}

/// The places of the labels below the first panel.
fn ticks(picture: &str) -> Vec<(String, f64)> {
    let lines = picture.lines();
    let labels = lines.filter_map(|line| {
        let line = line.strip_prefix("<text class=\"tick\" text-anchor=\"middle\" x=\"")?;
        let (x, rest) = line.split_once('"')?;
        let label = rest.split('>').nth(1)?.trim_end_matches("</text");
        Some((label.to_owned(), x.parse().expect("a number")))
    });
    labels.collect()
}

#[test]
fn curves_with_other_axes_have_a_panel_of_their_own() {
    let points = [(0.0, 1.0), (1.0, 2.0)];
    let curves = [
        curve("a", "round", &points),
        curve("b", "round", &points),
        curve("c", "seconds", &points),
    ];
    let picture = svg("x", &curves);
    assert_eq!(count(&picture, "<path class=\"axis\""), 2);
    assert_eq!(
        (count(&picture, ">round<"), count(&picture, ">seconds<")),
        (1, 1)
    );
    let text = text_curves(&curves, 40, 8);
    let places = ["x: round", "● a", "▲ b", "x: seconds", "● c"].map(|part| text.find(part));
    assert!(places.is_sorted() && places[0].is_some(), "{text}");
}

#[test]
fn equal_ratios_are_equally_far_apart_on_a_logarithmic_axis() {
    let points = [(0.0, 9.0), (0.1, 1.0), (1.0, 2.0), (1000.0, 3.0)];
    let curves = [curve("a", "seconds", &points).logarithmic()];
    let picture = svg("x", &curves);
    let ticks = ticks(&picture);
    let labels: Vec<&str> = ticks.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["0.1", "1", "10", "100", "1,000"]);
    let gaps: Vec<f64> = ticks.windows(2).map(|two| two[1].1 - two[0].1).collect();
    // The last label is moved so that it does not leave the picture.
    assert!(
        gaps[..3].iter().all(|gap| (gap - gaps[0]).abs() < 0.2),
        "{ticks:?}"
    );
    assert!(!picture.contains("NaN") && !picture.contains("inf"));
    assert!(text_curves(&curves, 60, 8).contains("100"));
}

#[test]
fn between_whole_rounds_nothing_is_marked() {
    let rounds = [(0.0, 0.0), (1.0, 0.5), (2.0, 1.0)];
    let labels = |points: &[(f64, f64)]| -> Vec<String> {
        let ticks = ticks(&svg("x", &[curve("a", "round", points)]));
        ticks.into_iter().map(|(label, _)| label).collect()
    };
    assert_eq!(labels(&rounds), ["0", "1", "2"]);
    assert!(labels(&[(0.0, 0.0), (0.5, 1.0)]).contains(&"0.1".to_owned()));
}

#[test]
fn an_svg_is_the_same_for_the_same_outcome() {
    assert_eq!(svg("x", &outcome().curves), svg("x", &outcome().curves));
}

#[test]
fn letters_are_readable_on_a_narrow_screen() {
    // 18 units of 640 at a width of 375 pixels.
    assert!(svg("x", &outcome().curves).contains("font:18px") && 18.0 * 375.0 / 640.0 > 10.0);
}

#[test]
fn no_data_and_odd_data_are_drawn_as_what_they_are() {
    assert!(svg("x", &[]).contains("no data"));
    assert_eq!(text_curves(&[], 40, 10), "no data\n");
    let point = |x, mean| Point {
        x,
        mean,
        p5: mean,
        p95: mean,
    };
    let odd = Curve {
        name: "odd".to_owned(),
        x: "x".to_owned(),
        y: "y".to_owned(),
        scale: Scale::Linear,
        points: vec![
            point(0.0, f64::NAN),
            point(1.0, 5.0),
            point(f64::INFINITY, 1.0),
        ],
    };
    assert!(!svg("x", std::slice::from_ref(&odd)).contains("NaN"));
    assert!(text_curves(&[odd], 40, 10).contains('●'));
}

#[test]
fn a_table_puts_the_measured_value_beside_the_claim() {
    let table = text_table(&outcome());
    let line = table
        .lines()
        .find(|line| line.starts_with("rounds to 95 %, as printed "))
        .expect("the row");
    assert!(
        line.contains("4 to 5 rounds") && line.contains("6.") && line.contains(" to "),
        "{line}"
    );
    assert_eq!(table.lines().count(), 2 + outcome().rows.len());
}

#[test]
fn a_curve_in_text_rises_from_left_to_right() {
    let picture = text_curves(&outcome().curves[..1], 40, 12);
    let lines: Vec<&str> = picture.lines().collect();
    let column = |line: &str| line.find('●');
    assert!(column(lines[0]) > column(lines[11]), "{picture}");
    assert!(
        picture.contains("x: round   y: informed (share)")
            && picture.contains("● push, as printed")
    );
}

#[test]
fn claims_are_named_once_with_their_place_and_their_truth() {
    let text = text_claims(&outcome(), 80);
    assert!(
        text.starts_with("L103, \u{201c}4 to 5 rounds\u{201d}: "),
        "{text}"
    );
    assert_eq!(count(&text, "L103"), 1);
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}
