use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::http::StatusCode;

use crate::ModelError;

/// No weight file of the field is larger; a server that sends without end is cut off.
const LARGEST: u64 = 4 << 30;

/// How long a server may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// Fetches `url` to `path` unless the file is there, and sees to it that it has the SHA-256.
///
/// What has arrived is kept in `path` + `.part` until it is complete and verified, so that a
/// download that was cut off goes on. A lock on `path` + `.lock` keeps two processes from writing
/// into each other.
pub(super) fn download(
    url: &str,
    path: &Path,
    sha256: &str,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), ModelError> {
    let failed = |reason: String| ModelError::Fetch {
        url: url.to_owned(),
        path: path.to_owned(),
        reason,
    };
    if path.exists() {
        return cached(path, sha256).map_err(|e| failed(e.to_string()))?;
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|e| failed(format!("{}: {e}", folder.display())))?;
    }
    let (part, lock) = (beside(path, ".part"), beside(path, ".lock"));
    let at = |path: &Path, e: io::Error| failed(format!("{}: {e}", path.display()));
    let lock_file = open(&lock).map_err(|e| at(&lock, e))?;
    lock_file.lock().map_err(|e| at(&lock, e))?;
    if path.exists() {
        // Another process was faster.
        return cached(path, sha256).map_err(|e| failed(e.to_string()))?;
    }

    let mut file = open(&part).map_err(|e| at(&part, e))?;
    // What an earlier run left may be of another file: then all is fetched again, once.
    let mut resumed = file.metadata().map_err(|e| at(&part, e))?.len() > 0;
    loop {
        receive(url, &mut file, progress).map_err(failed)?;
        let digest = digest_of(&part).map_err(|e| at(&part, e))?;
        if digest == sha256 {
            break;
        }
        file.set_len(0).map_err(|e| at(&part, e))?;
        if !resumed {
            let reason = format!("what arrived has SHA-256 {digest}, expected {sha256}");
            return Err(failed(reason));
        }
        resumed = false;
    }
    fs::rename(&part, path).map_err(|e| at(path, e))
}

fn cached(path: &Path, sha256: &str) -> io::Result<Result<(), ModelError>> {
    let digest = digest_of(path)?;
    Ok(match digest == sha256 {
        true => Ok(()),
        false => Err(ModelError::Cache {
            path: path.to_owned(),
            found: digest,
            expected: sha256.to_owned(),
        }),
    })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn open(path: &Path) -> io::Result<File> {
    File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// Appends what is missing of `url` to `file`.
fn receive(
    url: &str,
    file: &mut File,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), String> {
    let mut done = file.seek(SeekFrom::End(0)).map_err(|e| e.to_string())?;
    let agent = ureq::Agent::new_with_config(
        ureq::Agent::config_builder()
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .timeout_per_read(Some(PATIENCE))
            .build(),
    );
    let mut request = agent.get(url);
    if done > 0 {
        request = request.header("Range", format!("bytes={done}-"));
    }
    let response = match request.call() {
        // Nothing is missing: all of it had arrived, and only the renaming had not happened.
        Err(ureq::Error::StatusCode(416)) if done > 0 => return Ok(()),
        other => other.map_err(|e| e.to_string())?,
    };
    if response.status() != StatusCode::PARTIAL_CONTENT {
        file.set_len(0).map_err(|e| e.to_string())?;
        done = file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
    }
    let total = response.body().content_length().map(|rest| done + rest);
    let mut body = response
        .into_body()
        .into_with_config()
        .limit(LARGEST)
        .reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        progress(done, total);
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(format!("the connection broke after {done} bytes: {e}")),
        };
        file.write_all(&buffer[..count])
            .map_err(|e| e.to_string())?;
        done += count as u64;
    }
    if total.is_some_and(|total| done < total) {
        return Err(format!("the connection ended after {done} bytes"));
    }
    file.sync_all().map_err(|e| e.to_string())
}

fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    const CONTENT: &[u8] = b"one two three four five six seven eight nine ten";

    fn sha256() -> String {
        Sha256::digest(CONTENT)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// A server for as many requests as `sent` has entries: each gets the bytes that it asks for,
    /// cut off after so many. What was asked for as a range comes back.
    fn serve(sent: Vec<usize>, ranges: bool) -> (String, mpsc::Receiver<Option<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/weights", listener.local_addr().unwrap());
        let (asked, seen) = mpsc::channel();
        thread::spawn(move || {
            for limit in sent {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let mut range = None;
                for line in lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                {
                    if let Some(value) = line.to_lowercase().strip_prefix("range: ") {
                        range = Some(value.to_owned());
                    }
                }
                let start = range
                    .as_ref()
                    .filter(|_| ranges)
                    .and_then(|range| {
                        range
                            .strip_prefix("bytes=")?
                            .strip_suffix('-')?
                            .parse()
                            .ok()
                    })
                    .unwrap_or(0usize);
                let status = match start {
                    0 => "200 OK",
                    _ => "206 Partial Content",
                };
                let rest = &CONTENT[start..];
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
                    rest.len()
                );
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(&rest[..limit.min(rest.len())]).unwrap();
                // Not every test asks what was asked for.
                let _ = asked.send(range);
            }
        });
        (url, seen)
    }

    #[test]
    fn a_file_is_fetched_once_with_progress() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/weights.pt");
        let (url, _) = serve(vec![usize::MAX], true);
        let mut last = None;
        download(&url, &path, &sha256(), &mut |done, total| {
            last = Some((done, total))
        })
        .unwrap();
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
        let length = CONTENT.len() as u64;
        assert_eq!(last, Some((length, Some(length))));
        // No server is left: the cache has it.
        download(&url, &path, &sha256(), &mut |_, _| {}).unwrap();
    }

    #[test]
    fn a_download_that_was_cut_off_goes_on() {
        for ranges in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("weights.pt");
            let (url, asked) = serve(vec![10, usize::MAX], ranges);
            let error = download(&url, &path, &sha256(), &mut |_, _| {}).unwrap_err();
            assert!(error.to_string().contains("10 bytes"), "{error}");
            assert!(!path.exists());
            download(&url, &path, &sha256(), &mut |_, _| {}).unwrap();
            assert_eq!(fs::read(&path).unwrap(), CONTENT);
            assert_eq!(asked.recv().unwrap(), None);
            assert_eq!(asked.recv().unwrap().as_deref(), Some("bytes=10-"));
        }
    }

    #[test]
    fn another_file_is_refused_and_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.pt");
        let (url, _) = serve(vec![usize::MAX], true);
        let error = download(&url, &path, &"0".repeat(64), &mut |_, _| {}).unwrap_err();
        assert!(error.to_string().contains("expected 0000"), "{error}");
        let part = fs::metadata(folder.path().join("weights.pt.part")).unwrap();
        assert!(!path.exists() && part.len() == 0);

        fs::write(&path, "spoilt").unwrap();
        let error = download(&url, &path, &sha256(), &mut |_, _| {}).unwrap_err();
        assert!(error.to_string().contains("remove the file"), "{error}");
    }

    #[test]
    fn a_part_of_another_file_is_thrown_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.pt");
        fs::write(folder.path().join("weights.pt.part"), "something else").unwrap();
        let (url, _) = serve(vec![usize::MAX, usize::MAX], true);
        download(&url, &path, &sha256(), &mut |_, _| {}).unwrap();
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
    }

    #[test]
    fn of_two_at_once_one_fetches_and_both_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.pt");
        let (url, asked) = serve(vec![usize::MAX], true);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| download(&url, &path, &sha256(), &mut |_, _| {}).unwrap());
            }
        });
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
        assert_eq!(asked.iter().count(), 1);
    }

    #[test]
    fn without_a_server_the_error_says_where_the_file_belongs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights.pt");
        let url = "http://127.0.0.1:1/weights";
        let error = download(url, &path, &sha256(), &mut |_, _| {}).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(url) && text.contains("put that file at"),
            "{text}"
        );
    }
}
