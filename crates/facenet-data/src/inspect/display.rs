use std::fmt;

use super::{DuplicateGroup, Duplicates, Inspection, Spread};

/// Sizes, bad images and groups that are shown; the rest is counted.
const SHOWN: usize = 5;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let singles = match self.single {
            0 => String::new(),
            single => format!(", {single} with one image only"),
        };
        writeln!(f, "images        {}", self.images)?;
        writeln!(f, "identities    {}{singles}", self.identities)?;
        if let Some(spread) = self.per_identity {
            writeln!(f, "per identity  {spread}")?;
        }
        if let (Some(height), Some(width)) = (self.height, self.width) {
            writeln!(f, "height        {height}")?;
            writeln!(f, "width         {width}")?;
        }
        for size in self.sizes.iter().take(SHOWN) {
            writeln!(f, "  {} x {}: {}", size.width, size.height, size.images)?;
        }
        more(f, self.sizes.len(), "sizes")?;
        writeln!(f, "unreadable    {}", self.unreadable.len())?;
        for bad in self.unreadable.iter().take(SHOWN) {
            writeln!(f, "  {}", bad.error)?;
        }
        more(f, self.unreadable.len(), "images")?;
        duplicates(f, "the same", &self.exact)?;
        duplicates(f, "nearly so", &self.near)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}, median {}", self.min, self.max, self.median)
    }
}

fn duplicates(f: &mut fmt::Formatter<'_>, name: &str, found: &Duplicates) -> fmt::Result {
    writeln!(
        f,
        "{name:13} {} groups ({} images too many): {} across identities, {} within one",
        found.groups(),
        found.surplus(),
        found.across.len(),
        found.within.len()
    )?;
    for (kind, groups) in [("across", &found.across), ("within", &found.within)] {
        for DuplicateGroup { names, .. } in groups.iter().take(SHOWN) {
            let shown = names.len().min(SHOWN);
            let rest = match names.len() - shown {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            writeln!(f, "  {kind}: {}{rest}", names[..shown].join(" = "))?;
        }
        more(f, groups.len(), "groups")?;
    }
    Ok(())
}

fn more(f: &mut fmt::Formatter<'_>, count: usize, of_what: &str) -> fmt::Result {
    match count.saturating_sub(SHOWN) {
        0 => Ok(()),
        rest => writeln!(f, "  and {rest} more {of_what}"),
    }
}
