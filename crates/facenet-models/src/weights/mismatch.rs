use std::fmt;

/// How the tensors of a file differ from those of a network. All names are listed, not the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TensorMismatch {
    /// Tensors that the network has and the file has not.
    pub missing: Vec<String>,
    /// Tensors that the file has and the network has not.
    pub extra: Vec<String>,
    /// Tensors of another shape, with what was expected and what was found.
    pub misshapen: Vec<String>,
    /// Tensors that do not hold floating-point numbers, with what they hold.
    pub mistyped: Vec<String>,
}

impl TensorMismatch {
    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        let Self {
            missing,
            extra,
            misshapen,
            mistyped,
        } = self;
        [missing, extra, misshapen, mistyped]
            .iter()
            .all(|names| names.is_empty())
    }
}

impl fmt::Display for TensorMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            ("missing", &self.missing),
            ("unknown to the network", &self.extra),
            ("of another shape", &self.misshapen),
            ("not of floating-point numbers", &self.mistyped),
        ];
        let mut separator = "";
        for (what, names) in parts {
            if !names.is_empty() {
                write!(f, "{separator}{} {what}: {}", names.len(), list(names))?;
                separator = "; ";
            }
        }
        Ok(())
    }
}

/// The names, or the first of them where they would fill a screen.
pub(crate) fn list(names: &[String]) -> String {
    /// The largest number of names that is listed.
    const SHOWN: usize = 20;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| name.escape_debug().to_string())
        .collect();
    let mut text = shown.join(", ");
    if names.len() > SHOWN {
        text += &format!(" and {} more", names.len() - SHOWN);
    }
    text
}
