use std::collections::HashMap;
use std::path::Path;

use super::blob::{Blob, Form};
use super::global::{Reduced, reduce};
use super::opcodes::refused;
use super::value::{Array, Global, Loaded, Value};
use crate::DataError;

/// Reads the pickle that the whole of `file` is; `path` names it in messages.
///
/// Memory and time are bounded by the length of the file: bytes and text stay where they are, and
/// there may be as many values as a pack of that length can have, 65,536 and one for each 64 bytes.
pub(crate) fn load(file: &[u8], path: &Path) -> Result<Loaded, DataError> {
    let mut machine = Machine {
        file,
        path,
        at: 0,
        opcode_at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        containers: Vec::new(),
        arrays: Vec::new(),
        values_left: 65_536 + file.len() / 64,
    };
    while machine.step()? {}
    let (top, rest) = match machine.stack.split_last() {
        Some((&top, rest)) if machine.marks.is_empty() => (top, rest.len()),
        _ => return Err(machine.error("STOP without a value", "a value before it")),
    };
    if rest > 0 {
        return Err(machine.error(format!("STOP with {} values", rest + 1), "a single one"));
    }
    if machine.at < file.len() {
        let found = format!("{} byte(s) after STOP", file.len() - machine.at);
        machine.opcode_at = machine.at;
        return Err(machine.error(found, "the end of the file"));
    }
    Ok(Loaded {
        top,
        containers: machine.containers,
        arrays: machine.arrays,
    })
}

struct Machine<'f> {
    file: &'f [u8],
    path: &'f Path,
    at: usize,
    /// Where the current opcode is, for messages.
    opcode_at: usize,
    stack: Vec<Value>,
    /// The heights of the stack that are marked.
    marks: Vec<usize>,
    memo: HashMap<u64, Value>,
    containers: Vec<Vec<Value>>,
    /// `None` until it is filled.
    arrays: Vec<Option<Array>>,
    values_left: usize,
}

impl<'f> Machine<'f> {
    /// Carries out an opcode; false at the last.
    fn step(&mut self) -> Result<bool, DataError> {
        self.opcode_at = self.at;
        let opcode = self.take(1)?[0];
        match opcode {
            b'.' => return Ok(false),
            0x80 => {
                let [version] = self.array()?;
                if version > 5 {
                    return Err(self.error(format!("protocol {version}"), "one from 0 to 5"));
                }
            }
            0x95 => {
                let length = u64::from_le_bytes(self.array()?);
                let left = self.file.len() - self.at;
                if length > left as u64 {
                    let found = format!("a frame of {length} bytes where {left} are left");
                    return Err(self.error(found, "a file that is complete"));
                }
            }

            b'(' => {
                self.count()?;
                self.marks.push(self.stack.len());
            }
            b'0' => {
                self.pop()?;
            }
            b'1' => {
                self.pop_mark()?;
            }
            b'2' => {
                let top = self.top()?;
                self.push(top)?;
            }

            b'N' => self.push(Value::None)?,
            0x88 => self.push(Value::Bool(true))?,
            0x89 => self.push(Value::Bool(false))?,
            b'K' => {
                let [number] = self.array()?;
                self.push(Value::Int(number.into()))?;
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()))?;
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Value::Int(number.into()))?;
            }
            b'I' | b'L' => self.decimal(opcode)?,
            0x8a => self.short_long()?,

            b'S' => self.quoted()?,
            b'U' | b'C' => self.bytes::<1>(Form::Raw)?,
            b'T' | b'B' => self.bytes::<4>(Form::Raw)?,
            0x8e | 0x96 => self.bytes::<8>(Form::Raw)?,
            b'V' => {
                let text = self.line(Form::Escaped)?;
                self.push(Value::Text(text))?;
            }
            0x8c => self.bytes::<1>(Form::Utf8)?,
            b'X' => self.bytes::<4>(Form::Utf8)?,
            0x8d => self.bytes::<8>(Form::Utf8)?,

            b']' => self.container(Vec::new(), Value::List)?,
            b'l' => {
                let items = self.pop_mark()?;
                self.container(items, Value::List)?;
            }
            b'a' => {
                let item = self.pop()?;
                self.append(&[item])?;
            }
            b'e' => {
                let items = self.pop_mark()?;
                self.append(&items)?;
            }
            b')' => self.container(Vec::new(), Value::Tuple)?,
            b't' => {
                let items = self.pop_mark()?;
                self.container(items, Value::Tuple)?;
            }
            0x85..=0x87 => {
                let count = usize::from(opcode - 0x84);
                let bottom = self.marks.last().copied().unwrap_or(0);
                if self.stack.len() < bottom + count {
                    return Err(self.too_few());
                }
                let items = self.stack.split_off(self.stack.len() - count);
                self.container(items, Value::Tuple)?;
            }

            b'p' => {
                let number = self.decimal_index()?;
                self.store(number)?;
            }
            b'q' => {
                let [number] = self.array()?;
                self.store(number.into())?;
            }
            b'r' => {
                let number = u32::from_le_bytes(self.array()?);
                self.store(number.into())?;
            }
            0x94 => self.store(self.memo.len() as u64)?,
            b'g' => {
                let number = self.decimal_index()?;
                self.recall(number)?;
            }
            b'h' => {
                let [number] = self.array()?;
                self.recall(number.into())?;
            }
            b'j' => {
                let number = u32::from_le_bytes(self.array()?);
                self.recall(number.into())?;
            }

            b'c' => {
                let (module, name) = (self.line(Form::Raw)?, self.line(Form::Raw)?);
                self.name("GLOBAL", module, name)?;
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => {
                    self.name("STACK_GLOBAL", module, name)?;
                }
                _ => return Err(self.error("STACK_GLOBAL without names", "two texts")),
            },
            b'R' => self.reduce()?,
            b'b' => self.build()?,

            _ => {
                let found = match refused(opcode) {
                    Some(name) => format!("the opcode {name}"),
                    None => format!("the byte {opcode:#04x}, which is no opcode"),
                };
                return Err(self.error(found, "opcodes that build lists, bytes and booleans"));
            }
        }
        Ok(true)
    }

    /// A name that stands for itself.
    fn name(&mut self, opcode: &str, module: Blob, name: Blob) -> Result<(), DataError> {
        let bytes = |blob: Blob| &self.file[blob.start..blob.start + blob.len];
        match Global::find(bytes(module), bytes(name)) {
            Some(known) => self.push(Value::Global(known)),
            None => {
                // As much of a name as fits on a line.
                let shown = |blob| {
                    let bytes: &[u8] = bytes(blob);
                    String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned()
                };
                let called = format!("{}.{}", shown(module), shown(name));
                let expected = "a pack, which names nothing but NumPy's arrays and bytes";
                Err(self.error(format!("{opcode} {called:?}"), expected))
            }
        }
    }

    /// A name with arguments, where it is known what they stand for.
    fn reduce(&mut self) -> Result<(), DataError> {
        const EXPECTED: &str = "bytes, or a NumPy array of bytes or of booleans";
        let (arguments, name) = (self.pop()?, self.pop()?);
        let (Value::Global(name), Value::Tuple(number)) = (name, arguments) else {
            return Err(self.error("the opcode REDUCE on no name", EXPECTED));
        };
        match reduce(name, &self.containers[number], self.file) {
            Some(Reduced::Value(value)) => self.push(value),
            Some(Reduced::Array(array)) => {
                self.arrays.push(array);
                self.push(Value::Array(self.arrays.len() - 1))
            }
            None => {
                let found = format!("REDUCE of {name:?} with other arguments");
                Err(self.error(found, EXPECTED))
            }
        }
    }

    /// Fills an array, or passes over what a kind of elements says beyond its name.
    fn build(&mut self) -> Result<(), DataError> {
        const EXPECTED: &str = "a NumPy array with one axis, of bytes or of booleans";
        let (state, target) = (self.pop()?, self.top()?);
        let Value::Tuple(state) = state else {
            return Err(self.error("the opcode BUILD without a tuple", EXPECTED));
        };
        match (target, &self.containers[state][..]) {
            (Value::Dtype(_), _) => Ok(()),
            (
                Value::Array(array),
                &[
                    Value::Int(1),
                    Value::Tuple(shape),
                    Value::Dtype(element),
                    _,
                    Value::Bytes(data),
                ],
            ) if matches!(self.containers[shape][..], [Value::Int(_)]) => {
                self.arrays[array] = Some(Array { element, data });
                Ok(())
            }
            _ => {
                let found = format!("the opcode BUILD on {}", target.kind());
                Err(self.error(found, EXPECTED))
            }
        }
    }

    /// Bytes or text whose length is a number of `N` bytes before them.
    fn bytes<const N: usize>(&mut self, form: Form) -> Result<(), DataError> {
        let mut length = [0; 8];
        length[..N].copy_from_slice(&self.array::<N>()?);
        let length = usize::try_from(u64::from_le_bytes(length)).unwrap_or(usize::MAX);
        let start = self.at;
        self.take(length)?;
        let blob = Blob {
            start,
            len: length,
            form,
        };
        self.push(match form {
            Form::Utf8 => Value::Text(blob),
            _ => Value::Bytes(blob),
        })
    }

    /// The string that Python 2 writes as it prints it.
    fn quoted(&mut self) -> Result<(), DataError> {
        let mut blob = self.line(Form::Quoted)?;
        match &self.file[blob.start..blob.start + blob.len] {
            [first @ (b'\'' | b'"'), .., last] if first == last => {
                blob.start += 1;
                blob.len -= 2;
                self.push(Value::Bytes(blob))
            }
            _ => Err(self.error("STRING without its quotes", "a string between quotes")),
        }
    }

    /// A number in decimal digits; 00 and 01 are booleans.
    fn decimal(&mut self, opcode: u8) -> Result<(), DataError> {
        let line = self.line(Form::Raw)?;
        let bytes = &self.file[line.start..line.start + line.len];
        let value = match bytes {
            b"00" => Some(Value::Bool(false)),
            b"01" => Some(Value::Bool(true)),
            _ => {
                let digits = bytes.strip_suffix(b"L").filter(|_| opcode == b'L');
                let text = str::from_utf8(digits.unwrap_or(bytes)).unwrap_or_default();
                text.parse().ok().map(Value::Int)
            }
        };
        match value {
            Some(value) => self.push(value),
            None => Err(self.error("a number that is none", "a whole number of 64 bits")),
        }
    }

    fn decimal_index(&mut self) -> Result<u64, DataError> {
        let line = self.line(Form::Raw)?;
        let bytes = &self.file[line.start..line.start + line.len];
        let number = str::from_utf8(bytes)
            .ok()
            .and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.error("a place in the memo that is no number", "a number"))
    }

    /// A whole number of up to eight bytes, in two's complement.
    fn short_long(&mut self) -> Result<(), DataError> {
        let [length] = self.array()?;
        if length > 8 {
            let found = format!("a number of {length} bytes");
            return Err(self.error(found, "one of at most 8"));
        }
        let written = self.take(length.into())?;
        let negative = written.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut bytes = [if negative { 0xFF } else { 0 }; 8];
        bytes[..written.len()].copy_from_slice(written);
        self.push(Value::Int(i64::from_le_bytes(bytes)))
    }

    fn container(
        &mut self,
        items: Vec<Value>,
        value: impl Fn(usize) -> Value,
    ) -> Result<(), DataError> {
        self.containers.push(items);
        self.push(value(self.containers.len() - 1))
    }

    fn append(&mut self, items: &[Value]) -> Result<(), DataError> {
        match self.top()? {
            Value::List(list) => {
                self.containers[list].extend_from_slice(items);
                Ok(())
            }
            other => {
                let found = format!("an item after {}", other.kind());
                Err(self.error(found, "a list before it"))
            }
        }
    }

    fn store(&mut self, number: u64) -> Result<(), DataError> {
        self.count()?;
        let top = self.top()?;
        self.memo.insert(number, top);
        Ok(())
    }

    fn recall(&mut self, number: u64) -> Result<(), DataError> {
        match self.memo.get(&number) {
            Some(&value) => self.push(value),
            None => {
                let found = format!("value {number} of the memo, which is not there");
                Err(self.error(found, "one that was stored before"))
            }
        }
    }

    fn push(&mut self, value: Value) -> Result<(), DataError> {
        self.count()?;
        self.stack.push(value);
        Ok(())
    }

    /// Counts a value that takes memory.
    fn count(&mut self) -> Result<(), DataError> {
        match self.values_left.checked_sub(1) {
            Some(left) => {
                self.values_left = left;
                Ok(())
            }
            None => Err(self.error("too many values", "as many as a pack of this length has")),
        }
    }

    /// The value on the top of the stack, above the last mark.
    fn top(&self) -> Result<Value, DataError> {
        let bottom = self.marks.last().copied().unwrap_or(0);
        match self.stack.last() {
            Some(&value) if self.stack.len() > bottom => Ok(value),
            _ => Err(self.too_few()),
        }
    }

    fn pop(&mut self) -> Result<Value, DataError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    /// The values above the last mark, which goes too.
    fn pop_mark(&mut self) -> Result<Vec<Value>, DataError> {
        match self.marks.pop() {
            Some(bottom) => Ok(self.stack.split_off(bottom)),
            None => Err(self.error("an opcode that needs a mark", "a mark before it")),
        }
    }

    fn too_few(&self) -> DataError {
        self.error("an opcode that needs a value", "a value before it")
    }

    /// What is left of the line.
    fn line(&mut self, form: Form) -> Result<Blob, DataError> {
        let start = self.at;
        match self.file[start..].iter().position(|&byte| byte == b'\n') {
            Some(len) => {
                self.at = start + len + 1;
                Ok(Blob { start, len, form })
            }
            None => Err(self.truncated()),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DataError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn take(&mut self, length: usize) -> Result<&'f [u8], DataError> {
        let end = self.at.checked_add(length);
        match end.and_then(|end| self.file.get(self.at..end)) {
            Some(bytes) => {
                self.at += length;
                Ok(bytes)
            }
            None => Err(self.truncated()),
        }
    }

    fn truncated(&self) -> DataError {
        self.error("the end of the file", "a pickle that is complete")
    }

    fn error(&self, found: impl Into<String>, expected: &str) -> DataError {
        DataError::Pack {
            path: self.path.to_path_buf(),
            offset: self.opcode_at as u64,
            found: found.into(),
            expected: expected.to_owned(),
        }
    }
}
