use std::path::Path;

use crate::DataError;

/// Comma-separated values whose first line names the columns.
pub(crate) struct Table<'a> {
    bytes: &'a [u8],
    path: &'a Path,
    reader: csv::Reader<&'a [u8]>,
    header: csv::StringRecord,
    record: csv::StringRecord,
}

/// A line of a table below the first.
#[derive(Clone, Copy)]
pub(crate) struct Row<'t> {
    bytes: &'t [u8],
    path: &'t Path,
    header: &'t csv::StringRecord,
    record: &'t csv::StringRecord,
}

impl<'a> Table<'a> {
    /// Reads the names of the columns.
    pub(crate) fn new(bytes: &'a [u8], path: &'a Path) -> Result<Self, DataError> {
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = match reader.headers() {
            Ok(header) => header.clone(),
            Err(problem) => return Err(broken(bytes, path, problem)),
        };
        Ok(Self {
            bytes,
            path,
            reader,
            header,
            record: csv::StringRecord::new(),
        })
    }

    /// Where a column is, by its name.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Where the columns are, or `None` where there is none of them.
    ///
    /// # Errors
    /// Some are there and others are not.
    pub(crate) fn all_or_none<const N: usize>(
        &self,
        names: [&str; N],
        what: &str,
    ) -> Result<Option<[usize; N]>, DataError> {
        let mut columns = [0; N];
        let mut there = 0;
        for (slot, name) in columns.iter_mut().zip(names) {
            if let Some(column) = self.column(name) {
                *slot = column;
                there += 1;
            }
        }
        match there {
            0 => Ok(None),
            _ if there == N => Ok(Some(columns)),
            _ => {
                let expected = format!("all {N} columns {} or none", names.join(", "));
                Err(self.error(1, format!("{there} of {what}"), &expected))
            }
        }
    }

    /// The next line, passing over blank ones.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row<'_>>, DataError> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => Ok(Some(Row {
                bytes: self.bytes,
                path: self.path,
                header: &self.header,
                record: &self.record,
            })),
            Ok(false) => Ok(None),
            Err(problem) => Err(broken(self.bytes, self.path, problem)),
        }
    }

    pub(crate) fn error(&self, line: usize, found: String, expected: &str) -> DataError {
        error(self.path, line, found, expected)
    }
}

impl<'t> Row<'t> {
    /// The value in a column, without the white space around it.
    pub(crate) fn field(&self, column: usize) -> &'t str {
        self.record.get(column).unwrap_or_default()
    }

    /// The name of a column.
    pub(crate) fn header(&self, column: usize) -> &'t str {
        self.header.get(column).unwrap_or_default()
    }

    /// The finite number in a column.
    pub(crate) fn number(&self, column: usize) -> Result<f32, DataError> {
        let text = self.field(column);
        match text.parse() {
            Ok(number) if f32::is_finite(number) => Ok(number),
            _ => {
                let found = format!("{} is {text:?}", self.header(column));
                Err(self.error(found, "a finite number"))
            }
        }
    }

    /// The finite numbers in some columns.
    pub(crate) fn numbers<const N: usize>(
        &self,
        columns: [usize; N],
    ) -> Result<[f32; N], DataError> {
        let mut numbers = [0.0; N];
        for (number, column) in numbers.iter_mut().zip(columns) {
            *number = self.number(column)?;
        }
        Ok(numbers)
    }

    /// The line of this row, counted from 1; it is counted anew each time.
    pub(crate) fn line(&self) -> usize {
        self.record
            .position()
            .map_or(1, |position| line_at(self.bytes, position.byte()))
    }

    pub(crate) fn error(&self, found: impl Into<String>, expected: &str) -> DataError {
        error(self.path, self.line(), found.into(), expected)
    }
}

fn error(path: &Path, line: usize, found: String, expected: &str) -> DataError {
    DataError::Line {
        path: path.to_path_buf(),
        line,
        found,
        expected: expected.to_owned(),
    }
}

fn broken(bytes: &[u8], path: &Path, problem: csv::Error) -> DataError {
    let line = problem
        .position()
        .map_or(1, |position| line_at(bytes, position.byte()));
    let (found, expected) = match problem.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => (
            format!("{len} field(s)"),
            format!("{expected_len}, as in the first line"),
        ),
        csv::ErrorKind::Utf8 { .. } => ("bytes that are not UTF-8".to_owned(), "UTF-8".to_owned()),
        other => (format!("{other:?}"), "comma-separated values".to_owned()),
    };
    error(path, line, found, &expected)
}

/// The line of the record that is read from `byte` on, counted from 1.
///
/// The reader stops between the two bytes of a line end and passes over blank lines, so its own
/// count is that of a line before.
fn line_at(bytes: &[u8], byte: u64) -> usize {
    let (read, rest) = bytes.split_at(bytes.len().min(byte as usize));
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    1 + read
        .iter()
        .chain(blank)
        .filter(|&&byte| byte == b'\n')
        .count()
}
