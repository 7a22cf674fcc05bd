use super::blob::{Blob, Form};
use super::value::{Array, Element, Global, Value};

impl Global {
    /// What stands behind a module and a name, by either generation of Python and of NumPy.
    pub(super) fn find(module: &[u8], name: &[u8]) -> Option<Self> {
        Some(match (module, name) {
            (b"_codecs", b"encode") => Self::Encode,
            (b"__builtin__" | b"builtins", b"bytes") => Self::Bytes,
            (b"numpy", b"ndarray") => Self::NdArray,
            (b"numpy", b"dtype") => Self::Dtype,
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"_reconstruct") => {
                Self::Reconstruct
            }
            (b"numpy.core.multiarray" | b"numpy._core.multiarray", b"scalar") => Self::Scalar,
            (b"numpy.core.numeric" | b"numpy._core.numeric", b"_frombuffer") => Self::FromBuffer,
            _ => return None,
        })
    }
}

/// What a known name with arguments stands for.
pub(super) enum Reduced {
    Value(Value),
    Array(Option<Array>),
}

/// The value that `name(arguments)` stands for, where it is one that a pack needs.
pub(super) fn reduce(name: Global, arguments: &[Value], file: &[u8]) -> Option<Reduced> {
    let value = match (name, arguments) {
        (Global::Encode, [Value::Text(text), Value::Text(codec)])
            if codec.is("latin1", file) || codec.is("latin-1", file) =>
        {
            Value::Bytes(*text)
        }
        (Global::Bytes, []) => Value::Bytes(Blob {
            start: 0,
            len: 0,
            form: Form::Raw,
        }),
        (Global::Dtype, [Value::Bytes(code) | Value::Text(code), ..]) => {
            if code.is("u1", file) {
                Value::Dtype(Element::Byte)
            } else if code.is("b1", file) {
                Value::Dtype(Element::Bool)
            } else {
                return None;
            }
        }
        (Global::Scalar, [Value::Dtype(Element::Bool), Value::Bytes(byte)]) => {
            if byte.is("\0", file) {
                Value::Bool(false)
            } else if byte.is("\x01", file) {
                Value::Bool(true)
            } else {
                return None;
            }
        }
        (Global::Reconstruct, [Value::Global(Global::NdArray), ..]) => {
            return Some(Reduced::Array(None));
        }
        (Global::FromBuffer, [Value::Bytes(data), Value::Dtype(element), ..]) => {
            return Some(Reduced::Array(Some(Array {
                element: *element,
                data: *data,
            })));
        }
        _ => return None,
    };
    Some(Reduced::Value(value))
}
