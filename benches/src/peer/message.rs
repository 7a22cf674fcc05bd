use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Failure;
use crate::runs::Runs;

/// What a peer says about itself when it starts: versions, threads, device. What is in it is up to
/// the peer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Announcement(Map<String, Value>);

impl Announcement {
    pub(crate) fn parse(line: &str) -> Result<Self, Failure> {
        serde_json::from_str(line)
            .map_err(|_| unreadable(line, "a JSON object with the versions of the peer"))
    }
}

/// `torch 2.9.1, threads 2, device cpu`
impl fmt::Display for Announcement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            match value {
                Value::String(text) => write!(f, "{separator}{key} {text}")?,
                other => write!(f, "{separator}{key} {other}")?,
            }
        }
        Ok(())
    }
}

/// A case for the peer: what the program says about it, a JSON object, and how often to run it.
#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    #[serde(flatten)]
    pub(crate) case: &'a Value,
    #[serde(flatten)]
    pub(crate) runs: Runs,
}

/// What the peer makes of a case.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    /// Seconds of every timed run; in MiB, where it knows, the peak of its memory and what the runs had
    /// beside that which was there before.
    Measured {
        times_s: Vec<f64>,
        peak_mib: Option<f64>,
        extra_mib: Option<f64>,
    },
    /// It has nothing to set beside the case, and why.
    NoPeer(String),
}

impl Answer {
    /// Reads the answer to a request of `runs`.
    ///
    /// # Errors
    ///
    /// The peer failed, or what it says is none of its three answers.
    pub(crate) fn parse(line: &str, runs: Runs) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Message {
            Error {
                error: String,
            },
            NoPeer {
                no_peer: String,
            },
            Measured {
                times_s: Vec<f64>,
                #[serde(default)]
                peak_mib: Option<f64>,
                #[serde(default)]
                extra_mib: Option<f64>,
            },
        }
        let message = serde_json::from_str(line)
            .map_err(|_| unreadable(line, "a JSON object with times_s, no_peer or error"))?;
        match message {
            Message::Error { error } => Err(error.into()),
            Message::NoPeer { no_peer } => Ok(Self::NoPeer(no_peer)),
            Message::Measured { times_s, .. } if !runs.allow(times_s.len()) => Err(format!(
                "the peer gives {} times for {} runs",
                times_s.len(),
                runs.runs
            )
            .into()),
            Message::Measured { times_s, .. } if times_s.iter().any(|time| *time <= 0.0) => {
                Err("the peer gives a run that takes no time".into())
            }
            Message::Measured {
                times_s,
                peak_mib,
                extra_mib,
            } => Ok(Self::Measured {
                times_s,
                peak_mib,
                extra_mib,
            }),
        }
    }
}

fn unreadable(line: &str, expected: &str) -> Failure {
    const SHOWN: usize = 80;
    let line = line.trim_end();
    let shown: String = line.chars().take(SHOWN).collect();
    let rest = if shown.len() < line.len() { "…" } else { "" };
    format!("the peer says '{shown}{rest}', expected {expected}").into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Announcement, Answer, Request};
    use crate::runs::Runs;

    fn runs(runs: u32) -> Runs {
        Runs {
            warmup: 3,
            runs,
            seconds: None,
        }
    }

    #[test]
    fn an_announcement_is_kept_as_it_is_and_shown_in_words() {
        let line = r#"{"device": "cpu", "threads": 2, "torch": "2.9.1"}"#;
        let announcement = Announcement::parse(line).unwrap();
        assert_eq!(
            announcement.to_string(),
            "device cpu, threads 2, torch 2.9.1"
        );
        let expected: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(&announcement).unwrap(), expected);
    }

    #[test]
    fn a_request_says_what_the_program_says_and_how_often() {
        let case = json!({ "network": "nns2", "input": [140, 116] });
        let mut request = Request {
            case: &case,
            runs: runs(15),
        };
        let mut expected =
            json!({ "network": "nns2", "input": [140, 116], "warmup": 3, "runs": 15 });
        assert_eq!(serde_json::to_value(&request).unwrap(), expected);
        request.runs.seconds = Some(5.0);
        expected["seconds"] = json!(5.0);
        assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    }

    #[test]
    fn the_three_answers_are_read() {
        let line = r#"{"times_s": [0.5, 0.25], "peak_mib": 310.5, "extra_mib": 42.25}"#;
        let measured = Answer::parse(line, runs(2)).unwrap();
        assert_eq!(
            measured,
            Answer::Measured {
                times_s: vec![0.5, 0.25],
                peak_mib: Some(310.5),
                extra_mib: Some(42.25)
            }
        );
        let unknown_peak =
            Answer::parse(r#"{"times_s": [0.5], "peak_mib": null}"#, runs(1)).unwrap();
        assert!(matches!(
            unknown_peak,
            Answer::Measured { peak_mib: None, .. }
        ));
        assert_eq!(
            Answer::parse(r#"{"no_peer": "nothing like nns1"}"#, runs(2)).unwrap(),
            Answer::NoPeer("nothing like nns1".to_owned())
        );
        let error = Answer::parse(r#"{"error": "out of memory"}"#, runs(2)).unwrap_err();
        assert_eq!(error.to_string(), "out of memory");
    }

    #[test]
    fn anything_else_is_an_error_that_shows_it() {
        for (line, told) in [
            ("Loading weights…\n", "'Loading weights…'"),
            ("", "''"),
            ("[]", "'[]'"),
            (r#"{"times": [1.0]}"#, "expected a JSON object with times_s"),
            (r#"{"times_s": [1.0, null]}"#, "expected"),
            (r#"{"times_s": [1.0]}"#, "1 times for 2 runs"),
            (r#"{"times_s": [1.0, 0.0]}"#, "no time"),
        ] {
            let error = Answer::parse(line, runs(2)).unwrap_err().to_string();
            assert!(error.contains(told), "{line}: {error}");
        }
        let long = Answer::parse(&"x".repeat(1000), runs(2))
            .unwrap_err()
            .to_string();
        assert!(long.len() < 200, "{long}");
        assert!(Announcement::parse("Python 3.11\n").is_err());
    }
}
