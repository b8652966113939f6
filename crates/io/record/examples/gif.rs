//! Makes a GIF of a cast: `gif FILE.cast FILE.gif [light] [SIZE]`. For looking at how things are drawn.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use claudectl_files::NewFile;
use claudectl_record::RecordError;
use claudectl_record::gif::{Options, render};
use claudectl_record::theme::Theme;

fn main() -> Result<(), RecordError> {
    let words: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [cast, gif, rest @ ..] = words.as_slice() else { return Err(RecordError::Format(PathBuf::new())) };
    let mut options = Options::default();
    for word in rest.iter().filter_map(|word| word.to_str()) {
        match word.parse() {
            Ok(size) => options.font_size = size,
            Err(_) => options.theme = Theme::LIGHT,
        }
    }
    let open = || Ok(BufReader::new(File::open(cast).map_err(RecordError::Read)?));
    let mut file = NewFile::begin(gif, true)?;
    render(open, BufWriter::new(&mut file), &options, &mut |_| true)?;
    file.keep()?;
    Ok(())
}
