//! `standpoint embed`.

use anyhow::Result;

use super::args::EmbedArgs;

#[cfg(not(feature = "encoder"))]
pub fn run(args: &EmbedArgs) -> Result<()> {
    Err(super::input::without_encoders(&args.encoder).into())
}

#[cfg(feature = "encoder")]
pub use with_it::run;

#[cfg(feature = "encoder")]
mod with_it {
    use std::path::Path;

    use standpoint::{
        corpus::{NewColumn, NewValues, OutputFormat, TableWriter},
        encoder::Encoder,
    };

    use super::{EmbedArgs, Result};
    use crate::cli::{
        files,
        render::{self, Sink},
    };

    pub fn run(args: &EmbedArgs) -> Result<()> {
        let files = files::of_inputs(&args.inputs, args.recursive, args.input.from)?;
        let inputs: Vec<&Path> = files.iter().map(AsRef::as_ref).collect();
        let output = args.output.path.as_deref();
        let mut sink = Sink::open(output, &inputs)?;
        let taken: Vec<&Path> = inputs.iter().copied().chain(output).collect();
        let bad_rows = args.errors.open(&taken, &args.safe)?;
        let format = args.format.map_or_else(|| OutputFormat::of_path(output), Ok)?;
        let format = args.safe.format(format);
        let encoder = Encoder::open(&args.encoder)?;
        let mut blocks = args.input.blocks(&files, bad_rows)?;
        blocks.check_new_columns([args.column.as_str()])?;
        let types = blocks.column_types().to_vec();
        let bar = render::Progress::of_rows("encoding", blocks.total_bytes(), &sink);
        let mut out = TableWriter::new(&mut sink, format);
        let (mut rows, mut cut, mut empty) = (0, 0, 0);
        while let Some(block) = blocks.next_block()? {
            let texts: Vec<&str> = block.texts().collect();
            let embedded = encoder.embed(&texts)?;
            let numbers = embedded.vectors.into_raw_vec_and_offset().0;
            let values = NewValues::Vectors { width: encoder.dimension(), numbers };
            let column = NewColumn { name: args.column.clone(), values };
            out.write(&block.encode(&[column], format, &types)?)?;
            rows += block.len();
            cut += embedded.cut;
            empty += block.empty_texts();
            bar.rows(rows, blocks.report().bytes);
        }
        bar.finish();
        render::notes(blocks.notes());
        out.finish()?;
        args.errors.finish(blocks.report(), blocks.into_rejects())?;
        if empty > 0 {
            let s = if empty == 1 { " has" } else { "s have" };
            render::warn(&format!("{empty} passage{s} no text; their vectors say nothing"));
        }
        if cut > 0 {
            render::note(&format!(
                "{cut} of {rows} texts have more than the {} tokens that the encoder reads: what is behind them is \
                 not in their vectors",
                encoder.max_tokens()
            ));
        }
        render::note(&format!(
            "{rows} vectors of {} numbers; SHA-256 of the encoder {}",
            encoder.dimension(),
            encoder.sha256()
        ));
        sink.finish()
    }
}
