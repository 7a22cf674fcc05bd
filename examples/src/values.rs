/// A size on the command line, `140x116`: height and width.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(height, width)| {
        Some([height.trim().parse().ok()?, width.trim().parse().ok()?])
    });
    sides.ok_or_else(|| "expected height x width, as 140x116".to_owned())
}
