use crate::MetricsError;

pub(super) fn at_least_one(setting: &'static str, value: usize) -> Result<(), MetricsError> {
    match value {
        0 => Err(MetricsError::Setting {
            setting,
            found: "0".to_owned(),
            expected: "at least 1",
        }),
        _ => Ok(()),
    }
}

/// The largest `f32` below a threshold: distances below the threshold are those up to it.
pub(super) fn largest_below(threshold: f64) -> Result<f32, MetricsError> {
    if threshold.is_nan() {
        return Err(MetricsError::Setting {
            setting: "threshold",
            found: "NaN".to_owned(),
            expected: "a distance",
        });
    }
    let near = threshold as f32;
    Ok(match f64::from(near) >= threshold {
        true => near.next_down(),
        false => near,
    })
}
