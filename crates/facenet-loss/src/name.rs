//! Names with an optional number behind a colon, as in `hinge:0.2`.

use std::str::FromStr;

use crate::LossError;

/// Splits `hinge:0.2` into `hinge` and the text of the number.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    match text.split_once(':') {
        Some((name, number)) => (name, Some(number)),
        None => (text, None),
    }
}

/// Reads the number that a name needs.
pub(crate) fn number<T: FromStr>(
    choice: &'static str,
    given: &str,
    number: Option<&str>,
    expected: &'static str,
) -> Result<T, LossError> {
    number
        .and_then(|number| number.parse().ok())
        .ok_or_else(|| bad_parameter(choice, given, expected))
}

/// The error for a number that is missing, not needed or unreadable.
pub(crate) fn bad_parameter(choice: &'static str, given: &str, expected: &str) -> LossError {
    LossError::BadParameter {
        choice,
        given: given.to_owned(),
        expected: expected.to_owned(),
    }
}

/// Text form, from the command line and in JSON, of one of the four choices.
///
/// One text serves both, so that a run's configuration file shows the words that were typed.
macro_rules! serde_as_text {
    ($choice:ty) => {
        impl From<$choice> for String {
            fn from(choice: $choice) -> Self {
                choice.to_string()
            }
        }

        impl TryFrom<String> for $choice {
            type Error = $crate::LossError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    };
}

pub(crate) use serde_as_text;
