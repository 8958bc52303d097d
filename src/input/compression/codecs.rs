//! The libraries that compress and decompress.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread::{self, JoinHandle},
};

use flate2::{bufread::MultiGzDecoder, write::GzEncoder};
use lzma_rust2::{XzOptions, XzReader, XzWriter};
use ruzstd::{
    decoding::{
        FrameDecoder,
        errors::{FrameDecoderError, ReadFrameHeaderError},
    },
    encoding::{CompressionLevel, FrameCompressor},
};

use super::kind::Compression;

/// The largest window of a file that is read, as zstd's own programs have it.
const WINDOW: u32 = 128 << 20;
/// Bytes that are decompressed ahead.
const AHEAD: usize = 1 << 16;
/// A table shrinks hardly further with more, and takes longer and more memory.
const XZ_PRESET: u32 = 4;

#[expect(clippy::unnecessary_wraps, reason = "builds without codecs have none")]
pub(super) fn reader<'a>(
    compression: Compression,
    input: impl Read + Send + 'a,
) -> Option<Box<dyn Read + Send + 'a>> {
    let input = BufReader::with_capacity(AHEAD, input);
    Some(match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(input)),
        Compression::Zstd => {
            Box::new(ZstdReader { input, decoder: FrameDecoder::new(), open: false })
        }
        Compression::Xz => Box::new(XzReader::new_mem_limit(input, true, WINDOW / 1024)),
    })
}

/// All frames of a zstd file, their checksums compared.
struct ZstdReader<R> {
    input: R,
    decoder: FrameDecoder,
    /// Whether it is within a frame.
    open: bool,
}

impl<R: BufRead> ZstdReader<R> {
    /// Begins the next frame; false if there is none.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.input.fill_buf()?.is_empty() {
            self.decoder.set_max_window_size(u64::from(WINDOW));
            match self.decoder.reset(&mut self.input) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    let skipped = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
                    if skipped < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(self.wrong(error)),
            }
        }
        Ok(false)
    }

    fn wrong(&mut self, error: FrameDecoderError) -> io::Error {
        // Its own errors hide that the file has ended.
        match self.input.fill_buf() {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => io::Error::other(error),
            Err(error) => error,
        }
    }
}

impl<R: BufRead> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !out.is_empty() {
            if !self.open {
                self.open = self.next_frame()?;
                if !self.open {
                    return Ok(0);
                }
            }
            let strategy = ruzstd::decoding::BlockDecodingStrategy::UptoBlocks(1);
            if self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                if let Err(error) = self.decoder.decode_blocks(&mut self.input, strategy) {
                    return Err(self.wrong(error));
                }
                continue;
            }
            let n = self.decoder.read(out)?;
            if n > 0 {
                return Ok(n);
            }
            let promised = self.decoder.get_checksum_from_data();
            if promised.is_some() && promised != self.decoder.get_calculated_checksum() {
                return Err(io::Error::other("its checksum is another"));
            }
            self.open = false;
        }
        Ok(0)
    }
}

pub(super) enum Writer<W: Write> {
    Gzip(GzEncoder<W>),
    Zstd(ZstdWriter<W>),
    Xz(Box<XzWriter<W>>),
}

impl<W: Write> Writer<W> {
    #[expect(clippy::unnecessary_wraps, reason = "builds without codecs have none")]
    pub fn new(compression: Compression, output: W) -> Option<Self> {
        Some(match compression {
            Compression::Gzip => Self::Gzip(GzEncoder::new(output, flate2::Compression::default())),
            Compression::Zstd => Self::Zstd(ZstdWriter::new(output)),
            Compression::Xz => {
                let options = XzOptions::with_preset(XZ_PRESET);
                Self::Xz(Box::new(XzWriter::new(output, options).expect("a preset is valid")))
            }
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(writer) => writer.write(bytes),
            Self::Zstd(writer) => writer.write(bytes),
            Self::Xz(writer) => writer.write(bytes),
        }
    }

    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Gzip(writer) => writer.finish(),
            Self::Zstd(writer) => writer.finish(),
            Self::Xz(writer) => writer.finish(),
        }
    }
}

/// One zstd frame: many readers stop at the end of the first. The library fetches what it compresses,
/// so that it has a thread of its own.
pub(super) struct ZstdWriter<W> {
    output: W,
    /// Bytes that were written and not yet passed on.
    chunk: Vec<u8>,
    plain: SyncSender<Vec<u8>>,
    compressed: Receiver<Vec<u8>>,
    worker: JoinHandle<()>,
}

impl<W: Write> ZstdWriter<W> {
    fn new(output: W) -> Self {
        let (plain, source) = sync_channel(2);
        let (drain, compressed) = channel();
        let worker = thread::spawn(move || {
            let mut compressor = FrameCompressor::new(CompressionLevel::Fastest);
            compressor.set_source(Source { chunks: source, chunk: Vec::new(), start: 0 });
            compressor.set_drain(Drain(drain));
            compressor.compress();
        });
        Self { output, chunk: Vec::new(), plain, compressed, worker }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= AHEAD {
            self.pass_on()?;
            while let Ok(block) = self.compressed.try_recv() {
                self.output.write_all(&block)?;
            }
        }
        Ok(bytes.len())
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let chunk = std::mem::take(&mut self.chunk);
        self.plain.send(chunk).map_err(|_| io::Error::other("zstd failed"))
    }

    fn finish(mut self) -> io::Result<W> {
        if !self.chunk.is_empty() {
            self.pass_on()?;
        }
        drop(self.plain);
        for block in self.compressed {
            self.output.write_all(&block)?;
        }
        self.worker.join().map_err(|_| io::Error::other("zstd failed"))?;
        Ok(self.output)
    }
}

/// What was written, for the compressor to read.
struct Source {
    chunks: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    start: usize,
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.start == self.chunk.len() {
            // Nobody writes any more.
            let Ok(chunk) = self.chunks.recv() else { return Ok(0) };
            (self.chunk, self.start) = (chunk, 0);
        }
        let n = (&self.chunk[self.start..]).read(out)?;
        self.start += n;
        Ok(n)
    }
}

struct Drain(Sender<Vec<u8>>);

impl Write for Drain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Where nobody listens any more, the frame is wanted no more.
        let _ = self.0.send(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
