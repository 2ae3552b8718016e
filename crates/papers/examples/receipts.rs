//! Writes the sample receipts as PDF files, to look at them: `cargo run -p papers --example receipts -- DIR [SEAL]`.

#[path = "../tests/all/sample.rs"]
mod sample;

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().ok_or("say where to write: a folder")?;
    let seal = arguments.next().map(std::fs::read).transpose()?;
    std::fs::create_dir_all(&folder)?;
    for (name, mut paper) in sample::all() {
        paper.seal.clone_from(&seal);
        std::fs::write(folder.join(name).with_extension("pdf"), papers::receipt_pdf(&paper)?)?;
    }
    Ok(())
}
