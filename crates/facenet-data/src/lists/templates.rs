use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};
use crate::lists::table::Table;

const IMAGES: &str = "`image template media`, or columns TEMPLATE_ID, SUBJECT_ID, FILENAME, \
                      SIGHTING_ID";
const PAIRS: &str = "`template1 template2 same`, or `template1,template2`";

/// An image of IJB-B or IJB-C and the template that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TemplateImage {
    /// The file, as the list writes it.
    pub image: String,
    /// The template: images of one person that are compared as one.
    pub template: u32,
    /// The person, where the list says so.
    pub subject: Option<u32>,
    /// The medium that the image comes from, a photograph or a video. A template is the mean over
    /// media of the mean within a medium.
    pub media: u32,
}

/// Two templates that are to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TemplatePair {
    /// The first template.
    pub first: u32,
    /// The second template.
    pub second: u32,
    /// Whether both are of the same person, where the list says so.
    pub same: Option<bool>,
}

/// Reads which image belongs to which template and medium.
///
/// Two forms are known by their first line. `image template media` a line, split at white space, is
/// that of `ijbc_face_tid_mid.txt`, as the evaluation of insightface ships it. Comma-separated values
/// with the columns `TEMPLATE_ID`, `SUBJECT_ID`, `FILENAME` (or `FILE`) and `SIGHTING_ID` (or
/// `MEDIA_ID`) are those of the protocols of NIST; other columns are passed over.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read; [`DataError::Line`] where a line or a column is
/// missing, a number is none, or a template has two subjects.
pub fn read_template_images(path: impl AsRef<Path>) -> Result<Vec<TemplateImage>, DataError> {
    let path = path.as_ref();
    images(&read(path, IMAGES)?, path)
}

/// Reads images of templates as [`read_template_images`] does from the bytes of a list; `origin`
/// names it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_template_images`].
pub fn parse_template_images(bytes: &[u8], origin: &str) -> Result<Vec<TemplateImage>, DataError> {
    images(bytes, Path::new(origin))
}

/// Reads pairs of templates.
///
/// `template1 template2 same` a line, split at white space, is that of
/// `ijbc_template_pair_label.txt`, as the evaluation of insightface ships it;
/// `template1,template2` that of the `match.csv` of NIST, which leaves it to the subjects whether a
/// pair is genuine. A third value may follow there too, and a first line may name the columns.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read; [`DataError::Line`] where a line is no pair, or
/// there is none.
pub fn read_template_pairs(path: impl AsRef<Path>) -> Result<Vec<TemplatePair>, DataError> {
    let path = path.as_ref();
    pairs(&read(path, PAIRS)?, path)
}

/// Reads pairs of templates as [`read_template_pairs`] does from the bytes of a list; `origin` names
/// it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_template_pairs`].
pub fn parse_template_pairs(bytes: &[u8], origin: &str) -> Result<Vec<TemplatePair>, DataError> {
    pairs(bytes, Path::new(origin))
}

fn images(bytes: &[u8], path: &Path) -> Result<Vec<TemplateImage>, DataError> {
    let lines = Lines::new(bytes, path, IMAGES)?;
    let images = match lines.trimmed().next() {
        None => Vec::new(),
        Some((_, first)) if first.contains(',') => columns(bytes, path)?,
        Some(_) => {
            let mut images = Vec::new();
            for (line, fields) in lines.fields() {
                let [image, template, media] = fields[..] else {
                    return Err(lines.error(line, format!("{} field(s)", fields.len()), IMAGES));
                };
                images.push(TemplateImage {
                    image: image.to_owned(),
                    template: lines.number(line, template, 0)?,
                    subject: None,
                    media: lines.number(line, media, 0)?,
                });
            }
            images
        }
    };
    if images.is_empty() {
        return Err(lines.error(1, "no image", IMAGES));
    }
    Ok(images)
}

fn columns(bytes: &[u8], path: &Path) -> Result<Vec<TemplateImage>, DataError> {
    let mut table = Table::new(bytes, path)?;
    let needed = |names: &[&str]| {
        let found = names.iter().find_map(|name| table.column(name));
        found.ok_or_else(|| table.error(1, format!("no column {:?}", names[0]), IMAGES))
    };
    let template = needed(&["TEMPLATE_ID"])?;
    let subject = needed(&["SUBJECT_ID"])?;
    let file = needed(&["FILENAME", "FILE"])?;
    let media = needed(&["SIGHTING_ID", "MEDIA_ID"])?;
    let mut images = Vec::new();
    let mut subjects = HashMap::new();
    while let Some(row) = table.next_row()? {
        let number = |column: usize| -> Result<u32, DataError> {
            let text = row.field(column);
            text.parse().map_err(|_| {
                let found = format!("{} is {text:?}", row.header(column));
                row.error(found, "a whole number of at least 0")
            })
        };
        let image = TemplateImage {
            image: row.field(file).to_owned(),
            template: number(template)?,
            subject: Some(number(subject)?),
            media: number(media)?,
        };
        if image.image.is_empty() {
            return Err(row.error("no file name", "a file name"));
        }
        let listed = *subjects.entry(image.template).or_insert(image.subject);
        if listed != image.subject {
            let found = format!("template {} with a second subject", image.template);
            return Err(row.error(found, "one subject for all images of a template"));
        }
        images.push(image);
    }
    Ok(images)
}

fn pairs(bytes: &[u8], path: &Path) -> Result<Vec<TemplatePair>, DataError> {
    let lines = Lines::new(bytes, path, PAIRS)?;
    let mut pairs = Vec::new();
    for_each_pair(&lines, |_, pair| {
        pairs.push(pair);
        Ok(())
    })?;
    Ok(pairs)
}

/// Hands over each pair with its line; at least one.
fn for_each_pair(
    lines: &Lines,
    mut take: impl FnMut(usize, TemplatePair) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let commas = lines
        .trimmed()
        .next()
        .is_some_and(|(_, first)| first.contains(','));
    let mut found = false;
    let mut pair = |line, fields: &[&str]| -> Result<(), DataError> {
        let (first, second, same) = match *fields {
            [first, second] if commas => (first, second, None),
            [first, second, same] => (first, second, Some(lines.same(line, same)?)),
            _ => return Err(lines.error(line, format!("{} field(s)", fields.len()), PAIRS)),
        };
        found = true;
        let pair = TemplatePair {
            first: lines.number(line, first, 0)?,
            second: lines.number(line, second, 0)?,
            same,
        };
        take(line, pair)
    };
    if commas {
        let named = |(_, fields): &(usize, Vec<&str>)| {
            fields[0].starts_with(|letter: char| letter.is_alphabetic())
        };
        let mut rows = lines.comma_fields().peekable();
        rows.next_if(named);
        for (line, fields) in rows {
            pair(line, &fields)?;
        }
    } else {
        for (line, fields) in lines.fields() {
            pair(line, &fields)?;
        }
    }
    if !found {
        return Err(lines.error(1, "no pair", PAIRS));
    }
    Ok(())
}

/// The verification protocol of IJB-B and IJB-C: which images are compared as one, and which of
/// these are compared with each other.
#[derive(Debug, Clone)]
pub struct TemplateProtocol {
    images: Vec<TemplateImage>,
    templates: Vec<u32>,
    pairs: Vec<TemplatePair>,
}

impl TemplateProtocol {
    /// Reads the images of templates from the files `images`, one or several (NIST lists those of
    /// enrollment and verification apart), and pairs of them from the file `pairs`.
    ///
    /// # Errors
    /// Those of [`read_template_images`] and [`read_template_pairs`]; [`DataError::Line`] where a pair
    /// names a template without image, where neither its line nor subjects say whether it is genuine, or they
    /// say different things, or where a template has two subjects.
    pub fn open(images: &[impl AsRef<Path>], pairs: impl AsRef<Path>) -> Result<Self, DataError> {
        let pairs = pairs.as_ref();
        let mut listed = Vec::new();
        for path in images {
            listed.extend(read_template_images(path)?);
        }
        Self::new(listed, &read(pairs, PAIRS)?, pairs)
    }

    /// The same from images that were read and the bytes of a list of pairs; `origin` names the list
    /// in messages.
    ///
    /// # Errors
    /// As [`TemplateProtocol::open`].
    pub fn from_bytes(
        images: Vec<TemplateImage>,
        pairs: &[u8],
        origin: &str,
    ) -> Result<Self, DataError> {
        Self::new(images, pairs, Path::new(origin))
    }

    fn new(images: Vec<TemplateImage>, bytes: &[u8], path: &Path) -> Result<Self, DataError> {
        let lines = Lines::new(bytes, path, PAIRS)?;
        let mut subjects = BTreeMap::new();
        for image in &images {
            let subject = *subjects.entry(image.template).or_insert(image.subject);
            if subject != image.subject {
                let found = format!("images that give template {} two subjects", image.template);
                return Err(lines.error(1, found, "one subject for all images of a template"));
            }
        }
        let mut pairs = Vec::new();
        for_each_pair(&lines, |line, mut pair| {
            let subject = |template: u32| {
                subjects.get(&template).ok_or_else(|| {
                    let found = format!("template {template}, which has no image");
                    lines.error(line, found, "templates that have images")
                })
            };
            let by_subjects = match (subject(pair.first)?, subject(pair.second)?) {
                (Some(first), Some(second)) => Some(first == second),
                _ => None,
            };
            let found = match (pair.same, by_subjects) {
                (None, None) => "a pair of which neither the list nor subjects say it",
                (Some(listed), Some(by_subjects)) if listed != by_subjects => {
                    "a pair of which the list says other than the subjects"
                }
                (listed, _) => {
                    pair.same = listed.or(by_subjects);
                    pairs.push(pair);
                    return Ok(());
                }
            };
            Err(lines.error(line, found, "whether both templates are of one person"))
        })?;
        Ok(Self {
            images,
            templates: subjects.into_keys().collect(),
            pairs,
        })
    }

    /// The images, in the order of the lists.
    pub fn images(&self) -> &[TemplateImage] {
        &self.images
    }

    /// The numbers of the templates, each once, ascending.
    pub fn templates(&self) -> &[u32] {
        &self.templates
    }

    /// The pairs, in the order of the list. All of their templates have images, and
    /// [`TemplatePair::same`] is always known.
    pub fn pairs(&self) -> &[TemplatePair] {
        &self.pairs
    }
}
