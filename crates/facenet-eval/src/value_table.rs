use std::fmt;

/// Measurements side by side. It displays rates with four digits, and what could not be measured as a
/// dash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueTable {
    /// The heads of the columns.
    pub columns: Vec<String>,
    /// What was measured, and its value for each column.
    pub rows: Vec<(String, Vec<Option<f64>>)>,
}

impl ValueTable {
    /// A table without rows.
    pub fn new<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self {
            columns: columns.into_iter().map(Into::into).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, name: impl Into<String>, values: impl Into<Vec<Option<f64>>>) {
        self.rows.push((name.into(), values.into()));
    }
}

impl fmt::Display for ValueTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:28}", "")?;
        for column in &self.columns {
            write!(f, "{column:>14}")?;
        }
        for (name, values) in &self.rows {
            write!(f, "\n{name:28}")?;
            for value in values {
                match value {
                    Some(value) => write!(f, "{value:>14.4}")?,
                    None => write!(f, "{:>14}", "-")?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = ValueTable::new(["a", "b"]);
        table.push("AUC", [Some(0.5), None]);
        let lines = table.to_string();
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(lines[0].len(), 56);
        assert_eq!(lines[1], format!("{:28}{:>14}{:>14}", "AUC", "0.5000", "-"));
    }
}
