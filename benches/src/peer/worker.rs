use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::{Announcement, Answer, Request};
use crate::Failure;

/// A peer that runs and waits for cases. It ends when this is dropped.
pub(crate) struct Worker {
    process: Child,
    /// `None` once it is closed, which is what ends the worker.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Gives the last line that the worker wrote to its standard error, when that ends.
    complaint: Option<JoinHandle<Option<String>>>,
    announcement: Announcement,
}

impl Worker {
    /// Starts a worker and waits until it has said what it is.
    ///
    /// # Errors
    ///
    /// It does not start, ends before it has said so, or says something else.
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start the peer {program}: {error}"))?;
        let pipe = "the peer has no pipe";
        let requests = process.stdin.take().ok_or(pipe)?;
        let answers = BufReader::new(process.stdout.take().ok_or(pipe)?);
        let errors = process.stderr.take().ok_or(pipe)?;
        let mut worker = Self {
            process,
            requests: Some(requests),
            answers,
            complaint: Some(thread::spawn(move || last_line(errors))),
            announcement: Announcement::default(),
        };
        let line = worker.read()?;
        worker.announcement = Announcement::parse(&line)?;
        Ok(worker)
    }

    /// What the worker has said about itself.
    pub(crate) fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Has the worker measure a case, and waits for it.
    ///
    /// # Errors
    ///
    /// The worker fails, ends, or gives no answer that can be read.
    pub(crate) fn ask(&mut self, request: &Request<'_>) -> Result<Answer, Failure> {
        let line = serde_json::to_string(request)? + "\n";
        let sent = match &mut self.requests {
            Some(requests) => requests.write_all(line.as_bytes()),
            None => Err(ErrorKind::BrokenPipe.into()),
        };
        if let Err(error) = sent {
            return Err(match error.kind() {
                ErrorKind::BrokenPipe => self.ended(),
                _ => error.into(),
            });
        }
        Answer::parse(&self.read()?, request.runs)
    }

    fn read(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(self.ended()),
            _ => Ok(line),
        }
    }

    /// Why the worker has ended, in a line. Python's last one names the exception.
    fn ended(&mut self) -> Failure {
        drop(self.requests.take());
        let status = self.process.wait();
        let complaint = self.complaint.take().and_then(|told| told.join().ok()?);
        match (complaint, status) {
            (Some(complaint), _) => format!("the peer ended: {complaint}").into(),
            (None, Ok(status)) => format!("the peer ended: {status}").into(),
            (None, Err(error)) => format!("the peer ended: {error}").into(),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.requests.take());
        // Nothing is left to say where this fails: the benchmark is over.
        let _ = self.process.wait();
    }
}

/// Reads all, so that the writer never waits, and keeps the last line with something in it.
fn last_line(from: impl Read) -> Option<String> {
    BufReader::new(from)
        .split(b'\n')
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(&line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .last()
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::{Answer, Request, Worker};
    use crate::Failure;
    use crate::runs::Runs;

    /// A worker that is a shell script.
    fn start(script: &str) -> Result<Worker, Failure> {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]);
        Worker::start(shell)
    }

    fn ask(worker: &mut Worker, runs: u32) -> Result<Answer, Failure> {
        worker.ask(&Request {
            case: &json!({ "network": "nns2" }),
            runs: Runs {
                warmup: 1,
                runs,
                seconds: None,
            },
        })
    }

    fn error_of<T>(result: Result<T, Failure>) -> String {
        match result {
            Ok(_) => panic!("no error"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_worker_answers_case_after_case() {
        let mut worker = start(
            r#"echo '{"shell": "1.0"}'
               read request; echo '{"times_s": [0.5, 0.25]}'
               read request; echo "{\"no_peer\": \"$(printf %s "$request" | tr -d '{}\"')\"}"
               read request; echo '{"error": "no luck"}'"#,
        )
        .unwrap();
        assert_eq!(
            serde_json::to_value(worker.announcement()).unwrap(),
            json!({ "shell": "1.0" })
        );
        assert_eq!(
            ask(&mut worker, 2).unwrap(),
            Answer::Measured {
                times_s: vec![0.5, 0.25],
                peak_mib: None,
                extra_mib: None
            }
        );
        // The script shows the request that it has got.
        assert_eq!(
            ask(&mut worker, 2).unwrap(),
            Answer::NoPeer("network:nns2,warmup:1,runs:2".to_owned())
        );
        assert_eq!(error_of(ask(&mut worker, 2)), "no luck");
        // It has ended by now, whether the request still finds its pipe or not.
        assert!(error_of(ask(&mut worker, 2)).contains("the peer ended"));
    }

    #[test]
    fn what_keeps_a_worker_from_starting_is_told_in_a_line() {
        let traceback = "echo Traceback >&2; echo \"ModuleNotFoundError: No module named 'torch'\" >&2; echo >&2; exit 1";
        assert_eq!(
            error_of(start(traceback)),
            "the peer ended: ModuleNotFoundError: No module named 'torch'"
        );
        assert_eq!(error_of(start("exit 3")), "the peer ended: exit status: 3");
        assert!(error_of(start("echo Hello; cat")).contains("'Hello'"));
        let missing = Worker::start(Command::new("/nowhere/python"));
        assert!(error_of(missing).starts_with("cannot start the peer /nowhere/python: "));
    }

    #[test]
    fn a_worker_that_complains_a_lot_is_not_kept_waiting() {
        let mut worker = start(
            r#"echo '{}'
               read request
               i=0; while [ $i -lt 2000 ]; do echo "warning: $i is a number among many others, and this is a long line" >&2; i=$((i+1)); done
               echo '{"times_s": [1]}'"#,
        )
        .unwrap();
        assert!(ask(&mut worker, 1).is_ok());
    }

    #[test]
    fn a_worker_ends_with_its_requests() {
        // `cat` ends when its input does; the drop would wait for ever otherwise.
        drop(start("echo '{}'; cat >/dev/null").unwrap());
    }
}
