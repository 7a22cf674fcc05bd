use plotters::style::RGBColor;

/// The name under which the embedded font is drawn; an SVG viewer without it takes its sans-serif.
pub(super) const FONT: &str = "Ubuntu, sans-serif";

/// Text and axes.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);

/// Grid lines at the labels, and between them.
pub(super) const GRID: RGBColor = RGBColor(205, 205, 205);
pub(super) const FINE_GRID: RGBColor = RGBColor(234, 234, 234);

/// Lines to compare with.
pub(super) const GUIDE: RGBColor = RGBColor(120, 120, 120);

/// Colors that the color-blind tell apart (Okabe and Ito, 2008), the dark ones first.
const COLORS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(230, 159, 0),
];

/// Lengths of line and gap in turn; none is a solid line. Five, so that the pairing with the six
/// colors repeats after thirty lines, and lines differ in print without color.
const DASHES: [&[f64]; 5] = [
    &[],
    &[14.0, 7.0],
    &[3.0, 5.0],
    &[16.0, 5.0, 3.0, 5.0],
    &[26.0, 8.0],
];

/// The look of line `index` of a figure.
pub(super) fn line_style(index: usize) -> (RGBColor, &'static [f64]) {
    (COLORS[index % COLORS.len()], DASHES[index % DASHES.len()])
}

/// Cuts a line into its dashes. The pattern runs on around corners.
pub(super) fn dashed(points: &[(f64, f64)], pattern: &[f64]) -> Vec<Vec<(f64, f64)>> {
    if pattern.iter().sum::<f64>() <= 0.0 {
        return vec![points.to_vec()];
    }
    let mut lengths = pattern.iter().copied().cycle();
    let mut left = lengths.next().unwrap_or(f64::INFINITY);
    let mut drawn = true;
    let mut dashes = Vec::new();
    let mut dash: Vec<(f64, f64)> = points.first().copied().into_iter().collect();
    for (&start, &end) in points.iter().zip(points.iter().skip(1)) {
        let length = (end.0 - start.0).hypot(end.1 - start.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let at = (
                start.0 + share * (end.0 - start.0),
                start.1 + share * (end.1 - start.1),
            );
            if drawn {
                dash.push(at);
                dashes.push(std::mem::take(&mut dash));
            } else {
                dash = vec![at];
            }
            drawn = !drawn;
            left = lengths.next().unwrap_or(f64::INFINITY);
        }
        left -= length - done;
        if drawn {
            dash.push(end);
        }
    }
    if drawn && dash.len() > 1 {
        dashes.push(dash);
    }
    dashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_on_around_corners() {
        let line = [(0.0, 0.0), (4.0, 0.0), (4.0, 6.0)];
        assert_eq!(dashed(&line, &[]), [line.to_vec()]);
        assert_eq!(
            dashed(&line, &[3.0, 2.0]),
            [vec![(0.0, 0.0), (3.0, 0.0)], vec![(4.0, 1.0), (4.0, 4.0)],]
        );
        assert_eq!(
            dashed(&line, &[5.0, 2.0]),
            [
                vec![(0.0, 0.0), (4.0, 0.0), (4.0, 1.0)],
                vec![(4.0, 3.0), (4.0, 6.0)],
            ]
        );
        assert!(dashed(&[], &[3.0, 2.0]).is_empty());
        assert!(dashed(&[(1.0, 1.0)], &[3.0, 2.0]).is_empty());
    }

    #[test]
    fn thirty_lines_look_different() {
        let mut seen = std::collections::HashSet::new();
        for index in 0..30 {
            let (RGBColor(r, g, b), dashes) = line_style(index);
            assert!(seen.insert((r, g, b, dashes.len(), dashes.first().map(|d| *d as u32))));
        }
    }
}
