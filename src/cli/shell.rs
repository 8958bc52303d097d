//! `standpoint completions` and `standpoint man`: what a shell and `man` want to know of the others.

use std::{io::Write, path::Path};

use anyhow::Result;
use clap::CommandFactory;
use standpoint::input::OutputFile;

use super::{
    args::{Cli, CompletionsArgs, ManArgs},
    render::{self, Sink},
};

pub fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "standpoint", &mut script);
    let mut sink = Sink::open(None, &[])?;
    sink.write_all(&script)?;
    sink.finish()
}

/// The page of the whole, or in a folder one for each command too.
pub fn man(args: &ManArgs) -> Result<()> {
    let mut command = Cli::command();
    command.build();
    let page = |command: clap::Command| {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map(|()| page)
    };
    let Some(folder) = &args.folder else {
        let mut sink = Sink::open(None, &[])?;
        sink.write_all(&page(command)?)?;
        return sink.finish();
    };
    let mut n = 0;
    let mut write = |name: &str, page: &[u8]| -> Result<()> {
        let mut file = OutputFile::create(&Path::new(folder).join(name))?;
        file.write_all(page)?;
        file.finish()?;
        n += 1;
        Ok(())
    };
    for subcommand in command.get_subcommands() {
        let name = format!("standpoint-{}", subcommand.get_name());
        write(&format!("{name}.1"), &page(subcommand.clone())?)?;
    }
    write("standpoint.1", &page(command)?)?;
    render::note(&format!("{}: {n} pages", folder.display()));
    Ok(())
}
