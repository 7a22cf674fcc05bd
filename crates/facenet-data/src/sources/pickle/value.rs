use super::blob::Blob;

/// A value of a pickle. Those that hold others are numbers of them in [`Loaded`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Bytes(Blob),
    Text(Blob),
    List(usize),
    Tuple(usize),
    Array(usize),
    Dtype(Element),
    Global(Global),
}

/// What a pack may name: each stands for itself, nothing is looked up or called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Global {
    /// `_codecs.encode`, with which Python 3 writes bytes where the protocol has none.
    Encode,
    /// `bytes`, which stands for no bytes there.
    Bytes,
    /// `numpy.ndarray`, the kind of an array.
    NdArray,
    /// `numpy.dtype`, the kind of the elements.
    Dtype,
    /// `numpy.core.multiarray._reconstruct`, an array that is filled afterwards.
    Reconstruct,
    /// `numpy.core.numeric._frombuffer`, an array of bytes that were written before.
    FromBuffer,
    /// `numpy.core.multiarray.scalar`, a single element.
    Scalar,
}

/// The kinds of array elements that a pack holds, a byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Byte,
    Bool,
}

/// A NumPy array with one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Array {
    pub(crate) element: Element,
    pub(crate) data: Blob,
}

/// All values of a pickle.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(super) top: Value,
    pub(super) containers: Vec<Vec<Value>>,
    pub(super) arrays: Vec<Option<Array>>,
}

impl Loaded {
    /// The value that the pickle is.
    pub(crate) fn top(&self) -> Value {
        self.top
    }

    /// The items of a list or a tuple.
    pub(crate) fn items(&self, value: Value) -> Option<&[Value]> {
        match value {
            Value::List(number) | Value::Tuple(number) => {
                self.containers.get(number).map(Vec::as_slice)
            }
            _ => None,
        }
    }

    /// The array, if it is one and has been filled.
    pub(crate) fn array(&self, value: Value) -> Option<Array> {
        match value {
            Value::Array(number) => *self.arrays.get(number)?,
            _ => None,
        }
    }
}

impl Value {
    /// What the value is, for messages.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a boolean",
            Self::Int(_) => "a number",
            Self::Bytes(_) => "bytes",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Array(_) => "an array",
            Self::Dtype(_) => "a kind of array elements",
            Self::Global(_) => "a name",
        }
    }
}
